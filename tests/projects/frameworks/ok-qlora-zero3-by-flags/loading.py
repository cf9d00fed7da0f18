import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig


def load_texts(tokenizer):
    data = load_dataset("timdettmers/openassistant-guanaco", split="train")
    return data.map(lambda row: tokenizer(row["text"], truncation=True, max_length=2048))


def load_model(settings):
    quantization = None
    storage = None
    if settings.four_bit:
        storage = getattr(torch, settings.storage)
        quantization = BitsAndBytesConfig(
            load_in_4bit=settings.four_bit,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=torch.bfloat16,
            bnb_4bit_quant_storage=storage,
        )
    elif settings.eight_bit:
        quantization = BitsAndBytesConfig(load_in_8bit=settings.eight_bit)
    dtype = storage if storage and storage.is_floating_point else torch.float32
    model = AutoModelForCausalLM.from_pretrained(settings.base, quantization_config=quantization, torch_dtype=dtype)
    if settings.lora:
        model = get_peft_model(model, LoraConfig(r=settings.rank, target_modules="all-linear", task_type="CAUSAL_LM"))
    tokenizer = AutoTokenizer.from_pretrained(settings.base)
    return model, tokenizer
