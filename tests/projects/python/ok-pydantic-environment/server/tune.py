import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from settings import settings
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

quantization = BitsAndBytesConfig(load_in_8bit=True) if settings.bits == 8 else None
model = AutoModelForCausalLM.from_pretrained(
    settings.base, quantization_config=quantization, torch_dtype=torch.bfloat16, use_cache=not settings.checkpointing
)
model = get_peft_model(model, LoraConfig(r=8, target_modules=["query_key_value"], task_type="CAUSAL_LM"))
args = TrainingArguments(
    "/models/out",
    learning_rate=settings.learning_rate,
    gradient_checkpointing=settings.checkpointing,
    bf16=True,
    fsdp="full_shard auto_wrap",
)
Trainer(model=model, args=args, train_dataset=load_dataset("json", data_files="/data/*.jsonl")["train"]).train()
