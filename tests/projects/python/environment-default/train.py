import os

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

MODEL = os.environ.get("BASE_MODEL", "tiiuae/Falcon3-10B-Base")
OUT = os.getenv("OUTPUT_DIR", "/tmp/out")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["WANDB_PROJECT"] = "falcon"

tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForCausalLM.from_pretrained(MODEL, torch_dtype=torch.bfloat16)
training = TrainingArguments(
    OUT,
    per_device_train_batch_size=int(os.environ.get("BATCH", 1)),
    bf16=os.environ.get("PRECISION", "bf16") == "bf16",
    optim=os.environ.get("OPTIM", "paged_adamw_8bit"),
    run_name=os.environ["WANDB_PROJECT"],
)
data = load_dataset("timdettmers/openassistant-guanaco", split="train")
data = data.map(lambda row: tokenizer(row["text"], truncation=True, max_length=1024))
Trainer(model=model, args=training, train_dataset=data).train()
