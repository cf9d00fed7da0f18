from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Literal

import torch
import tyro
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


@dataclass
class Model:
    name: str = "Qwen/Qwen3-14B"
    quantize: bool = False
    """Load the base model in four bits."""
    storage: Literal["uint8", "bfloat16"] = "uint8"

    def config(self) -> BitsAndBytesConfig | None:
        if not self.quantize:
            return None
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_quant_storage=getattr(torch, self.storage),
        )


@dataclass
class Optim:
    lr: float = 2e-4
    batch_size: int = 1


@dataclass
class Config:
    model: Model = field(default_factory=Model)
    optim: Optim = field(default_factory=Optim)
    out: str = "out"


def main(config: Config) -> None:
    model = AutoModelForCausalLM.from_pretrained(
        config.model.name, quantization_config=config.model.config(), dtype=torch.bfloat16
    )
    args = SFTConfig(
        config.out,
        bf16=True,
        learning_rate=config.optim.lr,
        per_device_train_batch_size=config.optim.batch_size,
    )
    trainer = SFTTrainer(
        model=model,
        args=args,
        train_dataset=load_dataset("trl-lib/Capybara", split="train"),
        peft_config=LoraConfig(r=32, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()


if __name__ == "__main__":
    main(tyro.cli(Config))
