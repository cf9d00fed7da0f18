import argparse

import torch
import yaml
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments


def get_args():
    first = argparse.ArgumentParser(add_help=False)
    first.add_argument("-c", "--config", metavar="FILE")
    known, rest = first.parse_known_args()

    parser = argparse.ArgumentParser(parents=[first])
    parser.add_argument("--model", default="bigscience/bloom-7b1")
    parser.add_argument("--bits", type=int, default=16)
    parser.add_argument("--optim", default="adamw_torch")
    parser.add_argument("--deepspeed")
    parser.add_argument("--steps", type=int, default=1000)
    if known.config:
        with open(known.config) as file:
            parser.set_defaults(**yaml.safe_load(file))
    return parser.parse_args(rest)


def main():
    args = get_args()
    training = TrainingArguments(
        "out", max_steps=args.steps, optim=args.optim, bf16=True, deepspeed=args.deepspeed, gradient_checkpointing=True
    )
    quantization = None
    if args.bits == 8:
        quantization = BitsAndBytesConfig(load_in_8bit=True)
    elif args.bits == 4:
        quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(args.model, quantization_config=quantization, torch_dtype=torch.bfloat16)
    model = get_peft_model(model, LoraConfig(r=8, target_modules=["query_key_value"], task_type="CAUSAL_LM"))
    Trainer(model=model, args=training, train_dataset=load_dataset("xnli", "en", split="train")).train()


if __name__ == "__main__":
    main()
