import os
from pathlib import Path

import torch
from datasets import load_from_disk
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "tokenized")
STAGE = 3

args = TrainingArguments(
    output_dir=str(ROOT / "out"),
    deepspeed=str(CONFIGS / "deepspeed" / f"zero{STAGE}.json"),
    save_only_model=True,
    save_strategy="epoch",
    eval_strategy="epoch",
    load_best_model_at_end=True,
    bf16=True,
)
model = AutoModelForCausalLM.from_pretrained("allenai/OLMo-2-1124-13B", torch_dtype=torch.bfloat16)
data = load_from_disk(DATA)
Trainer(model=model, args=args, train_dataset=data["train"], eval_dataset=data["test"]).train()
