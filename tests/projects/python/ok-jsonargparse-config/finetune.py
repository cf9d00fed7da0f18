from dataclasses import dataclass, field
from typing import Optional

import torch
from datasets import load_dataset
from jsonargparse import CLI
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, QuantoConfig, Trainer, TrainingArguments


@dataclass
class Quantization:
    method: Optional[str] = None
    weights: str = "int8"


@dataclass
class Sharding:
    fsdp: str = ""
    layer: Optional[str] = None


def finetune(
    base: str = "meta-llama/Llama-3.2-3B",
    quantization: Quantization = Quantization(),
    sharding: Sharding = Sharding(),
    rank: int = 16,
):
    config = QuantoConfig(weights=quantization.weights) if quantization.method == "quanto" else None
    model = AutoModelForCausalLM.from_pretrained(base, quantization_config=config, torch_dtype=torch.bfloat16)
    model = get_peft_model(model, LoraConfig(r=rank, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    args = TrainingArguments(
        "out",
        bf16=True,
        fsdp=sharding.fsdp,
        fsdp_config={"version": 1, "transformer_layer_cls_to_wrap": sharding.layer},
    )
    Trainer(model=model, args=args, train_dataset=load_dataset("stas/openwebtext-10k", split="train")).train()


if __name__ == "__main__":
    CLI(finetune)
