import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

from config import Config

config = Config(training={"learning_rate": 1e-4})
model = AutoModelForCausalLM.from_pretrained(
    config.model,
    quantization_config=BitsAndBytesConfig(**config.as_keywords("quantization")),
    torch_dtype=torch.bfloat16,
)
model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **config.as_keywords("lora")))
data = load_dataset("open-thoughts/OpenThoughts-114k", split="train")
Trainer(model=model, args=TrainingArguments(**config.training), train_dataset=data).train()
