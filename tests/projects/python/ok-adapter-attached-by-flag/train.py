import argparse

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="microsoft/phi-2")
parser.add_argument("--bits", type=int, default=16, choices=(4, 8, 16))
parser.add_argument("--lora", action="store_true")
parser.add_argument("--lora_r", type=int, default=64)
args = parser.parse_args()


def quantization():
    if args.bits == 4:
        return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
    if args.bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)


def attach(model):
    config = LoraConfig(r=args.lora_r, lora_alpha=16, target_modules=["q_proj", "k_proj", "v_proj"], task_type="CAUSAL_LM")
    if not args.lora:
        return model
    model = get_peft_model(model, config)
    model.print_trainable_parameters()
    return model


model = AutoModelForCausalLM.from_pretrained(args.model, quantization_config=quantization(), torch_dtype=torch.bfloat16)
if args.bits < 16:
    model = prepare_model_for_kbit_training(model)
model = attach(model)

trainer = Trainer(
    model=model,
    args=TrainingArguments("out", bf16=True, optim="paged_adamw_8bit", num_train_epochs=3),
    train_dataset=load_dataset("gsm8k", "main", split="train"),
)
trainer.train()
