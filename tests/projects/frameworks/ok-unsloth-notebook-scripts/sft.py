import argparse

from unsloth import FastLanguageModel  # before trl and transformers, which it patches
from datasets import load_dataset
from trl import SFTConfig, SFTTrainer

parser = argparse.ArgumentParser()
parser.add_argument("--bits", type=int, choices=[4, 8, 16], default=4)
parser.add_argument("--full", action="store_true")
args = parser.parse_args()

model, tokenizer = FastLanguageModel.from_pretrained(
    "unsloth/Llama-3.1-8B",
    max_seq_length=2048,
    load_in_4bit=args.bits == 4 and not args.full,
    load_in_8bit=args.bits == 8,
    full_finetuning=args.full,
)
if not args.full:
    model = FastLanguageModel.get_peft_model(model, r=16, lora_alpha=16, use_gradient_checkpointing="unsloth")
trainer = SFTTrainer(
    model=model,
    processing_class=tokenizer,
    train_dataset=load_dataset("tatsu-lab/alpaca", split="train"),
    args=SFTConfig("out", per_device_train_batch_size=2, optim="adamw_8bit", bf16=True),
)
trainer.train()
