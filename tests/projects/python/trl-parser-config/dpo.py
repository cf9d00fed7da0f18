from dataclasses import dataclass, field

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, ModelConfig, ScriptArguments, TrlParser, get_peft_config, get_quantization_config


@dataclass
class Preferences(ScriptArguments):
    beta_schedule: str = field(default="constant")


def main(script, training, model_config):
    quantization = get_quantization_config(model_config)
    model = AutoModelForCausalLM.from_pretrained(
        model_config.model_name_or_path, quantization_config=quantization, dtype=model_config.dtype
    )
    tokenizer = AutoTokenizer.from_pretrained(model_config.model_name_or_path)
    data = load_dataset(script.dataset_name)
    trainer = DPOTrainer(
        model=model,
        args=training,
        train_dataset=data[script.dataset_train_split],
        processing_class=tokenizer,
        peft_config=get_peft_config(model_config),
    )
    trainer.train()


if __name__ == "__main__":
    parser = TrlParser((Preferences, DPOConfig, ModelConfig))
    main(*parser.parse_args_and_config())
