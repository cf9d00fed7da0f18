import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from .quantization import NF4


def build_model(name, rank=16):
    base = AutoModelForCausalLM.from_pretrained(name, quantization_config=NF4, torch_dtype=torch.bfloat16)
    return get_peft_model(base, LoraConfig(r=rank, target_modules="all-linear", task_type="CAUSAL_LM"))
