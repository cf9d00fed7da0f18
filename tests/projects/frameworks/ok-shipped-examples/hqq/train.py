import argparse

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, HqqConfig, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--float_view", action="store_true")
options = parser.parse_args()

quantization_config = HqqConfig(nbits=4, group_size=64, view_as_float=options.float_view)
model = AutoModelForCausalLM.from_pretrained(
    "meta-llama/Llama-3.1-8B", quantization_config=quantization_config, torch_dtype=torch.bfloat16
)
model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
Trainer(model=model, args=TrainingArguments("out", bf16=True), train_dataset=[]).train()
