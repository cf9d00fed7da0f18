from dataclasses import dataclass, field

import draccus
import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


@dataclass
class ModelConfig:
    name: str = "mistralai/Mistral-7B-v0.3"
    use_quantization: bool = False


@dataclass
class FinetuneConfig:
    model: ModelConfig = field(default_factory=ModelConfig)
    batch_size: int = 4
    lora_rank: int = 32
    run_root_dir: str = "runs"


@draccus.wrap()
def finetune(cfg: FinetuneConfig) -> None:
    quantization_config = None
    if cfg.model.use_quantization:
        quantization_config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(
        cfg.model.name,
        dtype=torch.bfloat16,
        quantization_config=quantization_config,
        device_map="auto" if cfg.model.use_quantization else None,
    )
    SFTTrainer(
        model,
        SFTConfig(cfg.run_root_dir, per_device_train_batch_size=cfg.batch_size),
        train_dataset=load_dataset("trl-lib/Capybara", split="train"),
        peft_config=LoraConfig(r=cfg.lora_rank, target_modules="all-linear"),
    ).train()


if __name__ == "__main__":
    finetune()
