import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

DEBUG = False
OPTIMIZER = None

name = "HuggingFaceTB/SmolLM2-135M-Instruct" if DEBUG else "allenai/Llama-3.1-Tulu-3-8B-SFT"
beta = 0.1 if "Tulu" in name else 0.5
attention = (not DEBUG and "flash_attention_2") or "eager"

model = AutoModelForCausalLM.from_pretrained(
    name, torch_dtype=torch.float32 if DEBUG else torch.bfloat16, attn_implementation=attention
)
args = DPOConfig(
    output_dir="out/dpo",
    beta=beta,
    bf16=not DEBUG,
    optim=OPTIMIZER or ("adamw_torch" if DEBUG else "paged_adamw_8bit"),
    max_steps=10 if DEBUG else -1,
)
trainer = DPOTrainer(
    model=model,
    args=args,
    train_dataset=load_dataset("allenai/llama-3.1-tulu-3-8b-preference-mixture", split="train"),
    processing_class=AutoTokenizer.from_pretrained(name),
)
trainer.train()
