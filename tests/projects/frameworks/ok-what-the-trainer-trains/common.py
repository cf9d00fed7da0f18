"""What every recipe of this repository shares."""

from dataclasses import dataclass, field
from typing import Optional

from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoTokenizer


@dataclass
class Recipe:
    model_name: str = field(default="meta-llama/Llama-3.1-8B")
    dataset: str = field(default="tatsu-lab/alpaca")
    max_length: int = field(default=1024)
    device_map: Optional[str] = field(default=None, metadata={"help": "auto: one process over all GPUs"})


LORA = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")


def tokenized(recipe: Recipe):
    tokenizer = AutoTokenizer.from_pretrained(recipe.model_name)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    data = load_dataset(recipe.dataset, split="train")
    return data.map(lambda row: tokenizer(row["text"], truncation=True, max_length=recipe.max_length), batched=True)
