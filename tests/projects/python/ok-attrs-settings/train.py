import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

from settings import SMALL as settings

model = AutoModelForCausalLM.from_pretrained(
    settings.model,
    quantization_config=BitsAndBytesConfig(**settings.loading.keywords()),
    device_map=settings.loading.device_map,
    torch_dtype=torch.bfloat16,
)
adapter = settings.adapter
lora = LoraConfig(r=adapter.r, lora_alpha=adapter.alpha, target_modules=adapter.targets, task_type="CAUSAL_LM")
model = get_peft_model(prepare_model_for_kbit_training(model), lora)
args = TrainingArguments("out", max_steps=settings.steps, bf16=True)
Trainer(model=model, args=args, train_dataset=load_dataset("roneneldan/TinyStories", split="train")).train()
