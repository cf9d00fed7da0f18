import argparse

import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_id", default="meta-llama/Llama-3.1-8B")
    parser.add_argument("--bits", type=int, default=16, choices=[4, 8, 16])
    parser.add_argument("--deepspeed")
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--output_dir", default="out")
    args, _ = parser.parse_known_args()
    return args


def main():
    args = parse_args()
    config = SFTConfig(
        args.output_dir, bf16=True, deepspeed=args.deepspeed, learning_rate=args.lr, num_train_epochs=args.epochs
    )
    quantization = None
    if args.bits == 4:
        quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(
        args.model_id,
        dtype=torch.bfloat16,
        quantization_config=quantization,
        device_map="auto" if quantization else None,
    )
    trainer = SFTTrainer(
        model,
        config,
        train_dataset=load_dataset("trl-lib/Capybara", split="train"),
        peft_config=LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()


if __name__ == "__main__":
    main()
