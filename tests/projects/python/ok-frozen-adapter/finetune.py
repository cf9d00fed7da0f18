"""QLoRA in rounds: every round goes on with the adapter of the one before."""

import argparse
from pathlib import Path

import torch
from datasets import load_dataset
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments


def build(base_model: str, adapter: str | None):
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(base_model, quantization_config=config)
    model = prepare_model_for_kbit_training(model)
    if adapter:
        return PeftModel.from_pretrained(model, adapter, is_trainable=True)
    return get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-model", default="meta-llama/Llama-3.1-8B")
    parser.add_argument("--adapter")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    model = build(args.base_model, args.adapter)
    model.print_trainable_parameters()
    tokenizer = AutoTokenizer.from_pretrained(args.base_model)
    data = load_dataset("tatsu-lab/alpaca", split="train").map(lambda row: tokenizer(row["text"], truncation=True))
    trainer = Trainer(
        model=model,
        args=TrainingArguments(str(args.output), bf16=True, per_device_train_batch_size=4, save_strategy="epoch"),
        train_dataset=data,
    )
    trainer.train()
    model.save_pretrained(args.output / "adapter")


if __name__ == "__main__":
    main()
