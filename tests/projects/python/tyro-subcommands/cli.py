from __future__ import annotations

import dataclasses
from typing import Union

import tyro
import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


@dataclasses.dataclass(frozen=True)
class FullFinetune:
    """Train all weights."""

    model: str = "Qwen/Qwen3-8B"

    def load(self):
        return AutoModelForCausalLM.from_pretrained(self.model, dtype=torch.bfloat16)


@dataclasses.dataclass(frozen=True)
class QLora:
    """Train adapters on four-bit weights."""

    model: str = "Qwen/Qwen3-32B"
    rank: int = 16

    def load(self):
        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
        return AutoModelForCausalLM.from_pretrained(self.model, quantization_config=config, device_map="auto")


def main(job: FullFinetune | QLora) -> None:
    peft_config = None
    if isinstance(job, QLora):
        peft_config = LoraConfig(r=job.rank, target_modules="all-linear")
    data = load_dataset("trl-lib/Capybara", split="train")
    SFTTrainer(job.load(), SFTConfig("out", bf16=True), train_dataset=data, peft_config=peft_config).train()


if __name__ == "__main__":
    main(tyro.cli(Union[FullFinetune, QLora]))
