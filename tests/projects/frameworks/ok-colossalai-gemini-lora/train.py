"""Supervised fine-tuning with ColossalAI."""

import argparse

import colossalai
import torch
from colossalai.booster import Booster
from colossalai.cluster import DistCoordinator
from colossalai.nn.lr_scheduler import CosineAnnealingWarmupLR
from colossalai.nn.optimizer import HybridAdam
from colossalai.utils import get_current_device
from datasets import load_dataset
from peft import LoraConfig
from tqdm import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForLanguageModeling

from plugins import build_plugin


def train(args) -> None:
    colossalai.launch_from_torch()
    coordinator = DistCoordinator()
    plugin = build_plugin(args)
    booster = Booster(plugin=plugin)

    tokenizer = AutoTokenizer.from_pretrained(args.pretrained)
    tokenizer.pad_token = tokenizer.eos_token
    dataset = load_dataset("json", data_files=args.dataset, split="train")
    dataset = dataset.map(lambda row: tokenizer(row["text"], max_length=args.max_length), remove_columns=dataset.column_names)
    dataloader = plugin.prepare_dataloader(
        dataset,
        batch_size=args.batch_size,
        shuffle=True,
        drop_last=True,
        collate_fn=DataCollatorForLanguageModeling(tokenizer, mlm=False),
    )

    model = AutoModelForCausalLM.from_pretrained(
        args.pretrained, torch_dtype=torch.bfloat16 if args.mixed_precision == "bf16" else torch.float16
    )
    if args.lora_rank > 0:
        lora_config = LoraConfig(task_type="CAUSAL_LM", r=args.lora_rank, lora_alpha=32, lora_dropout=0.1)
        model = booster.enable_lora(model, lora_config=lora_config, quantize=args.quantize)
    model.train()
    if args.use_grad_checkpoint:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    optimizer = HybridAdam(
        model_params=(p for p in model.parameters() if p.requires_grad), lr=args.lr, weight_decay=0.1, adamw_mode=True
    )
    scheduler = CosineAnnealingWarmupLR(optimizer, total_steps=args.num_epochs * len(dataloader), warmup_steps=100)
    model, optimizer, _, dataloader, scheduler = booster.boost(
        model=model, optimizer=optimizer, lr_scheduler=scheduler, dataloader=dataloader
    )

    for epoch in range(args.num_epochs):
        for batch in tqdm(dataloader, desc=f"Epoch {epoch}", disable=not coordinator.is_master()):
            batch = {k: v.to(get_current_device()) for k, v in batch.items()}
            loss = model(**batch).loss
            booster.backward(loss, optimizer)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    if args.lora_rank > 0:
        booster.save_lora_as_pretrained(model, args.save_dir)
    else:
        booster.save_model(model, args.save_dir, shard=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pretrained", type=str, required=True)
    parser.add_argument("--dataset", nargs="+", default=[])
    parser.add_argument(
        "--plugin", type=str, default="gemini", choices=["gemini", "gemini_auto", "zero1", "zero2", "zero2_cpu", "3d", "ddp"]
    )
    parser.add_argument("--mixed_precision", type=str, default="fp16", choices=["fp16", "bf16"])
    parser.add_argument("--save_dir", type=str, default="checkpoint")
    parser.add_argument("--num_epochs", type=int, default=1)
    parser.add_argument("--batch_size", type=int, default=2)
    parser.add_argument("--max_length", type=int, default=4096)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--grad_clip", type=float, default=1.0)
    parser.add_argument("--use_grad_checkpoint", action="store_true")
    parser.add_argument("--tp", type=int, default=1)
    parser.add_argument("--pp", type=int, default=1)
    parser.add_argument("--zero_stage", type=int, default=0)
    parser.add_argument("--lora_rank", type=int, default=0)
    parser.add_argument("--quantize", action="store_true")
    train(parser.parse_args())
