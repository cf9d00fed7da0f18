"""LoRA on a quantized Mistral; arguments come from the command line or a JSON file, as the Trainer examples have them."""

import sys
from dataclasses import dataclass, field
from typing import Optional

import torch
from datasets import load_dataset
from peft import LoraConfig, TaskType, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    HfArgumentParser,
    Trainer,
    TrainingArguments,
    default_data_collator,
)


@dataclass
class ModelArguments:
    model_name_or_path: str = field(default="mistralai/Mistral-7B-v0.3")
    lora_r: int = field(default=16)
    lora_alpha: int = field(default=32)


@dataclass
class DataArguments:
    train_file: Optional[str] = field(default="data/train.jsonl")
    block_size: int = field(default=1024)


def build(model_args):
    quantization = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_quant_storage=torch.bfloat16,
    )
    model = AutoModelForCausalLM.from_pretrained(
        model_args.model_name_or_path, quantization_config=quantization, torch_dtype=torch.bfloat16
    )
    config = LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=model_args.lora_r,
        lora_alpha=model_args.lora_alpha,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
    )
    return get_peft_model(model, config)


def main():
    parser = HfArgumentParser((ModelArguments, DataArguments, TrainingArguments))
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        model_args, data_args, training_args = parser.parse_json_file(sys.argv[1])
    else:
        model_args, data_args, training_args = parser.parse_args_into_dataclasses()

    tokenizer = AutoTokenizer.from_pretrained(model_args.model_name_or_path)
    tokenizer.pad_token = tokenizer.eos_token

    def encode(rows):
        out = tokenizer(rows["text"], truncation=True, padding="max_length", max_length=data_args.block_size)
        out["labels"] = out["input_ids"].copy()
        return out

    data = load_dataset("json", data_files=data_args.train_file, split="train").map(encode, batched=True)
    trainer = Trainer(
        model=build(model_args), args=training_args, train_dataset=data, data_collator=default_data_collator
    )
    trainer.train(resume_from_checkpoint=training_args.resume_from_checkpoint)


if __name__ == "__main__":
    main()
