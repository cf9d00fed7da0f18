"""Fine-tuning with the Trainer; all of its arguments are flags."""
from dataclasses import dataclass, field

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments


@dataclass
class ModelArguments:
    model_name_or_path: str = field(default="meta-llama/Llama-3.1-8B")
    lora_r: int = field(default=16)


def main():
    model_args, training_args = HfArgumentParser((ModelArguments, TrainingArguments)).parse_args_into_dataclasses()
    model = AutoModelForCausalLM.from_pretrained(model_args.model_name_or_path, torch_dtype=torch.bfloat16)
    model = get_peft_model(model, LoraConfig(r=model_args.lora_r, task_type="CAUSAL_LM"))
    data = load_dataset("tatsu-lab/alpaca", split="train")
    trainer = Trainer(model=model, args=training_args, train_dataset=data)
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
