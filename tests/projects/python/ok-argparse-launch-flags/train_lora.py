"""LoRA on instruction data, on one node.  Usage: see launch.sh."""
import argparse

import torch
from accelerate import Accelerator
from datasets import load_dataset
from peft import LoraConfig, TaskType, get_peft_model, prepare_model_for_kbit_training
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, default_data_collator, get_scheduler

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def add_model_arguments(parser):
    group = parser.add_argument_group("model")
    group.add_argument("--model_name_or_path", required=True)
    group.add_argument("--dtype", choices=sorted(DTYPES), default="bf16")
    group.add_argument("--load-in-4bit", action="store_true", help="QLoRA")
    group.add_argument("--quant-storage", choices=["uint8", *DTYPES], default="uint8")
    group.add_argument("--lora-rank", type=int, default=16)


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_arguments(parser)
    parser.add_argument("--dataset", default="databricks/databricks-dolly-15k")
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--lr", type=float, default=2e-4)
    args, unknown = parser.parse_known_args()
    if unknown:
        print("ignored:", unknown)
    return args


def load(args):
    config = None
    if args.load_in_4bit:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=DTYPES[args.dtype],
            bnb_4bit_quant_storage=DTYPES.get(args.quant_storage, torch.uint8),
        )
    model = AutoModelForCausalLM.from_pretrained(
        args.model_name_or_path, quantization_config=config, torch_dtype=DTYPES[args.dtype]
    )
    lora = LoraConfig(task_type=TaskType.CAUSAL_LM, r=args.lora_rank, target_modules="all-linear")
    return get_peft_model(model, lora)


def main():
    args = parse_args()
    accelerator = Accelerator()
    model = load(args)
    tokenizer = AutoTokenizer.from_pretrained(args.model_name_or_path)
    data = load_dataset(args.dataset, split="train").map(lambda row: tokenizer(row["response"], truncation=True))
    loader = DataLoader(data, batch_size=args.batch_size, collate_fn=default_data_collator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    scheduler = get_scheduler("cosine", optimizer, num_warmup_steps=10, num_training_steps=len(loader))
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for batch in loader:
        loss = model(**batch).loss
        accelerator.backward(loss)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()


if __name__ == "__main__":
    main()
