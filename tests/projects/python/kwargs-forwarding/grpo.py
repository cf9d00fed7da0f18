import re

import torch
from datasets import load_dataset
from transformers import AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

from models import load_policy

NAME = "Qwen/Qwen2.5-Math-7B"


def reward(completions, answer, **kwargs):
    found = [re.findall(r"-?\d+", completion) for completion in completions]
    return [float(numbers[-1:] == [str(wanted)]) for numbers, wanted in zip(found, answer)]


def train(**options):
    config = GRPOConfig(output_dir="out", bf16=True, **options)
    model = load_policy(NAME, torch_dtype=torch.bfloat16, device_map="auto")
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=[reward],
        args=config,
        train_dataset=load_dataset("openai/gsm8k", "main", split="train"),
        processing_class=AutoTokenizer.from_pretrained(NAME),
    )
    trainer.train()


train(num_generations=8, max_completion_length=1024, deepspeed="configs/zero3.json")
