"""Supervised fine-tuning with LoRA, in 4 bits when asked for."""

from dataclasses import dataclass, field

import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer, TrlParser


@dataclass
class Arguments:
    model_name_or_path: str = field(default="mistralai/Mistral-7B-v0.3")
    dataset_name: str = field(default="HuggingFaceH4/ultrachat_200k")
    load_in_4bit: bool = field(default=False)
    lora_r: int = field(default=16)


def quantization(arguments: Arguments) -> BitsAndBytesConfig | None:
    if not arguments.load_in_4bit:
        return None
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_quant_storage=torch.bfloat16,
    )


def main() -> None:
    arguments, training = TrlParser((Arguments, SFTConfig)).parse_args_and_config()
    model = AutoModelForCausalLM.from_pretrained(
        arguments.model_name_or_path,
        quantization_config=quantization(arguments),
        torch_dtype=torch.bfloat16,
    )
    trainer = SFTTrainer(
        model=model,
        args=training,
        train_dataset=load_dataset(arguments.dataset_name, split="train_sft"),
        peft_config=LoraConfig(r=arguments.lora_r, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    trainer.save_model(training.output_dir)


if __name__ == "__main__":
    main()
