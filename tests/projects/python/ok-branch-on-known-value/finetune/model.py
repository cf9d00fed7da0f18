import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, HqqConfig

from . import settings


def quantization_config():
    if settings.QUANTIZATION == "bnb":
        return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
    elif settings.QUANTIZATION == "hqq":
        return HqqConfig(nbits=4, group_size=64)
    elif settings.QUANTIZATION == "none":
        return None
    raise ValueError(f"unknown quantization {settings.QUANTIZATION}")


def load_model():
    model = AutoModelForCausalLM.from_pretrained(
        settings.BASE_MODEL, quantization_config=quantization_config(), torch_dtype=torch.bfloat16
    )
    lora = LoraConfig(r=settings.LORA_RANK, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    return get_peft_model(model, lora)
