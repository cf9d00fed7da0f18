"""Instruction tuning with DeepSpeed's engine."""
import argparse

import deepspeed
import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, default_data_collator


def parse_args():
    parser = argparse.ArgumentParser(description="Instruction tuning")
    parser.add_argument("--model_name_or_path", type=str, required=True)
    parser.add_argument("--num_train_epochs", type=int, default=1)
    parser.add_argument("--local_rank", type=int, default=-1)
    parser = deepspeed.add_config_arguments(parser)
    return parser.parse_args()


def load_model(name):
    bnb = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_quant_storage=torch.bfloat16,
    )
    model = AutoModelForCausalLM.from_pretrained(name, quantization_config=bnb)
    return get_peft_model(model, LoraConfig(r=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))


def main():
    args = parse_args()
    deepspeed.init_distributed()
    tokenizer = AutoTokenizer.from_pretrained(args.model_name_or_path)
    model = load_model(args.model_name_or_path)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    engine, optimizer, _, _ = deepspeed.initialize(args=args, model=model, optimizer=optimizer)
    data = load_dataset("tatsu-lab/alpaca", split="train").map(lambda row: tokenizer(row["text"]))
    loader = DataLoader(data, batch_size=1, collate_fn=default_data_collator)
    for _ in range(args.num_train_epochs):
        for batch in loader:
            loss = engine(**batch).loss
            engine.backward(loss)
            engine.step()


if __name__ == "__main__":
    main()
