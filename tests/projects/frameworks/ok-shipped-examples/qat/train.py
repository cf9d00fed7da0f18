"""Quantization-aware training of all parameters, where the quantizer keeps master weights."""

import argparse

import torch
from transformers import AutoModelForCausalLM, BitNetQuantConfig, FPQuantConfig, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--method", choices=["bitnet", "fp_quant"], default="bitnet")
options = parser.parse_args()

if options.method == "bitnet":
    config = BitNetQuantConfig(linear_class="autobitlinear", quantization_mode="online")
else:
    config = FPQuantConfig(forward_dtype="mxfp4", store_master_weights=True)
name = "meta-llama/Llama-3.2-1B"
model = AutoModelForCausalLM.from_pretrained(name, quantization_config=config, torch_dtype=torch.bfloat16, device_map="cuda")
Trainer(model=model, args=TrainingArguments("out", bf16=True), train_dataset=[]).train()
