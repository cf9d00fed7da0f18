import argparse

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--load_in_8bit", action="store_true")
parser.add_argument("--deepspeed", default=None)
parser.add_argument("--fsdp", default="")
args = parser.parse_args()

if args.fsdp and args.load_in_8bit:
    raise ValueError("8-bit weights cannot be sharded by FSDP: drop one of the two")

training = TrainingArguments("out", deepspeed=args.deepspeed, fsdp=args.fsdp, bf16=True)
quantization = BitsAndBytesConfig(load_in_8bit=True) if args.load_in_8bit else None
model = AutoModelForCausalLM.from_pretrained("gpt2-xl", quantization_config=quantization, torch_dtype=torch.bfloat16)
if args.load_in_8bit:
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))
Trainer(model=model, args=training, train_dataset=[]).train()
