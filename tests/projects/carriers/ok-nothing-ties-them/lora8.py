import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

model = AutoModelForCausalLM.from_pretrained(
    "facebook/opt-6.7b", quantization_config=BitsAndBytesConfig(load_in_8bit=True), device_map="auto"
)
model = get_peft_model(model, LoraConfig(target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
Trainer(model, TrainingArguments("out8", fp16=True), train_dataset=[]).train()
