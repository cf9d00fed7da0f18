import argparse
import sys

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


def parse_args():
    parser = argparse.ArgumentParser(description="LoRA on one node")
    parser.add_argument("--model", default="facebook/opt-6.7b")
    parser.add_argument("--bits", type=int, choices=[4, 8, 16], default=16)
    parser.add_argument("--fsdp", default="", help='such as "full_shard auto_wrap"')
    parser.add_argument("--output", default="out")
    return parser.parse_args()


def check(args):
    if args.fsdp and args.bits < 16:
        print("quantized weights and FSDP do not go together in this script", file=sys.stderr)
        sys.exit(2)


def main():
    args = parse_args()
    check(args)
    quantization = None
    if args.bits < 16:
        quantization = BitsAndBytesConfig(load_in_4bit=args.bits == 4, load_in_8bit=args.bits == 8)
    model = AutoModelForCausalLM.from_pretrained(args.model, quantization_config=quantization, torch_dtype=torch.bfloat16)
    if quantization is not None:
        model = prepare_model_for_kbit_training(model)
    model = get_peft_model(model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    training = TrainingArguments(args.output, fsdp=args.fsdp, bf16=True, num_train_epochs=1)
    Trainer(model=model, args=training, train_dataset=load_dataset("imdb", split="train")).train()


if __name__ == "__main__":
    main()
