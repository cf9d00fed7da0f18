from dataclasses import dataclass, field
from typing import Any

import hydra
import torch
from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, OmegaConf
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


@dataclass
class ModelConfig:
    name: str = "mistralai/Mistral-7B-v0.3"
    load_in_8bit: bool = True


@dataclass
class DDP:
    fsdp: str = ""


@dataclass
class FSDP:
    fsdp: str = "full_shard auto_wrap"


@dataclass
class Config:
    defaults: list[Any] = field(default_factory=lambda: [{"parallel": "ddp"}, "_self_"])
    model: ModelConfig = field(default_factory=ModelConfig)
    parallel: Any = MISSING
    output_dir: str = "out"


cs = ConfigStore.instance()
cs.store(name="config", node=Config)
cs.store(group="parallel", name="ddp", node=DDP)
cs.store(group="parallel", name="fsdp", node=FSDP)


@hydra.main(version_base=None, config_name="config")
def main(cfg: Config) -> None:
    model = AutoModelForCausalLM.from_pretrained(
        cfg.model.name, quantization_config=BitsAndBytesConfig(load_in_8bit=cfg.model.load_in_8bit)
    )
    model = get_peft_model(model, LoraConfig(r=16, task_type="CAUSAL_LM"))
    args = TrainingArguments(cfg.output_dir, bf16=True, fsdp=cfg.parallel.fsdp)
    Trainer(model=model, args=args, train_dataset=[]).train()


if __name__ == "__main__":
    main()
