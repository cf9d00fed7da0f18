import argparse

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="mistralai/Mistral-7B-v0.3")
    parser.add_argument("--data", default="data/train.jsonl")
    parser.add_argument("--output", default="out")
    parser.add_argument("--bits", type=int, choices=[8, 16], default=16)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--deepspeed")
    return parser.parse_args()


def load(args):
    quantization = BitsAndBytesConfig(load_in_8bit=True) if args.bits == 8 else None
    return AutoModelForCausalLM.from_pretrained(args.model, quantization_config=quantization, torch_dtype=torch.bfloat16)


def main():
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    data = load_dataset("json", data_files=args.data, split="train").map(lambda row: tokenizer(row["text"], truncation=True))
    model = get_peft_model(load(args), LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    trainer = Trainer(
        model=model,
        args=TrainingArguments(args.output, bf16=True, num_train_epochs=args.epochs, deepspeed=args.deepspeed),
        train_dataset=data,
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
    )
    trainer.train()
    trainer.save_model(args.output)


if __name__ == "__main__":
    main()
