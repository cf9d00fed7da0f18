import argparse

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--quantize", choices=["none", "int8", "nf4"], default="none")
parser.add_argument("--out", default="out")
args = parser.parse_args()

if args.quantize == "int8":
    quantization = BitsAndBytesConfig(load_in_8bit=True)
elif args.quantize == "nf4":
    quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_storage=torch.bfloat16)
else:
    quantization = None

model = AutoModelForCausalLM.from_pretrained(
    "EleutherAI/pythia-12b", quantization_config=quantization, torch_dtype=torch.bfloat16
)
model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))
Trainer(model=model, args=TrainingArguments(args.out, bf16=True), train_dataset=[]).train()
