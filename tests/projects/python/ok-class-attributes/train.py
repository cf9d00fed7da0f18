import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments, set_seed

from config import Production as config

set_seed(config.seed)
model = AutoModelForCausalLM.from_pretrained(
    config.model,
    quantization_config=BitsAndBytesConfig(load_in_4bit=config.bits == 4, load_in_8bit=config.bits == 8),
    torch_dtype=torch.bfloat16,
)
model = prepare_model_for_kbit_training(model)
lora = LoraConfig(r=config.lora.r, lora_alpha=config.lora.alpha, target_modules=config.lora.targets)
args = TrainingArguments(
    "out", learning_rate=config.lr, bf16=True, ddp_find_unused_parameters=False, **config.trainer
)
data = load_dataset("bigcode/the-stack-smol", split="train")
Trainer(model=get_peft_model(model, lora), args=args, train_dataset=data).train()
