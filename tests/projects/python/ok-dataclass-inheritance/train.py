import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

import experiments

experiment = experiments.large.but(learning_rate=5e-6)
args = TrainingArguments(
    "out", optim=experiment.optimizer, learning_rate=experiment.learning_rate, deepspeed=experiment.config, bf16=True
)
model = AutoModelForCausalLM.from_pretrained(experiment.model, torch_dtype=torch.bfloat16)
Trainer(model=model, args=args, train_dataset=load_dataset("allenai/c4", "en", split="train")).train()
