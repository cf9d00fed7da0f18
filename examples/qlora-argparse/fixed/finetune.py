"""LoRA fine-tuning on a base model in 16, 8 or 4 bits."""

import argparse

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments

DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "uint8": torch.uint8}


def get_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_name", type=str, default="meta-llama/Llama-3.1-8B")
    parser.add_argument("--bits", type=int, choices=[4, 8, 16], default=16, help="bits of a weight of the base model")
    parser.add_argument("--quant_storage", choices=sorted(DTYPES), default="uint8", help="dtype that holds 4-bit weights")
    parser.add_argument("--lora_r", type=int, default=64)
    parser.add_argument("--lora_alpha", type=int, default=16)
    parser.add_argument("--max_steps", type=int, default=1875)
    parser.add_argument("--output_dir", type=str, default="output")
    return parser.parse_args()


def quantization_config(args):
    if args.bits == 4:
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_quant_storage=DTYPES[args.quant_storage],
        )
    if args.bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return None


def main():
    args = get_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model_name)
    tokenizer.pad_token = tokenizer.eos_token

    model = AutoModelForCausalLM.from_pretrained(
        args.model_name,
        quantization_config=quantization_config(args),
        torch_dtype=torch.bfloat16,
    )
    model = get_peft_model(
        model, LoraConfig(r=args.lora_r, lora_alpha=args.lora_alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    model.print_trainable_parameters()

    data = load_dataset("timdettmers/openassistant-guanaco", split="train")
    data = data.map(lambda row: tokenizer(row["text"], truncation=True, max_length=1024), remove_columns=["text"])
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=args.output_dir,
            max_steps=args.max_steps,
            per_device_train_batch_size=4,
            learning_rate=2e-4,
            bf16=True,
        ),
        train_dataset=data,
    )
    trainer.train()


if __name__ == "__main__":
    main()
