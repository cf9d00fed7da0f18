import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

from settings import LR_SCHEDULE, MODEL, OPTIMIZER, OUTPUT

model = AutoModelForCausalLM.from_pretrained(MODEL, torch_dtype=torch.bfloat16)
args = TrainingArguments(OUTPUT, optim=OPTIMIZER, lr_scheduler_type=LR_SCHEDULE, bf16=True)
Trainer(model=model, args=args, train_dataset=load_dataset("wikitext", "wikitext-103-v1", split="train")).train()
