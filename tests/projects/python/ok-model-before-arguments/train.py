import os

import torch
from datasets import load_dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

MODEL = os.environ.get("MODEL", "mistralai/Mistral-7B-v0.3")
tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.pad_token = tokenizer.eos_token

training_args = TrainingArguments(
    output_dir="out",
    deepspeed="ds_config.json",
    bf16=True,
    per_device_train_batch_size=1,
    gradient_checkpointing=True,
)
model = AutoModelForCausalLM.from_pretrained(MODEL, torch_dtype=torch.bfloat16)
data = load_dataset("wikitext", "wikitext-103-raw-v1", split="train")
data = data.map(lambda batch: tokenizer(batch["text"], truncation=True, max_length=2048), batched=True)
trainer = Trainer(
    model=model,
    args=training_args,
    train_dataset=data,
    data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
)
trainer.train()
