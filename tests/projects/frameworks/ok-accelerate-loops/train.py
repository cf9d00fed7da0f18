import argparse

import torch
from accelerate import Accelerator
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, DataCollatorForLanguageModeling

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="meta-llama/Llama-3.1-8B")
parser.add_argument("--quantize", choices=["no", "nf4", "nf4-bf16", "int8"], default="no")
parser.add_argument("--lora", action="store_true")
parser.add_argument("--device_map", default=None)
options = parser.parse_args()

accelerator = Accelerator(mixed_precision="bf16")
tokenizer = AutoTokenizer.from_pretrained(options.model)
tokenizer.pad_token = tokenizer.eos_token

quantization_config = None
if options.quantize == "nf4":
    quantization_config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
elif options.quantize == "nf4-bf16":
    quantization_config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16, bnb_4bit_quant_storage=torch.bfloat16
    )
elif options.quantize == "int8":
    quantization_config = BitsAndBytesConfig(load_in_8bit=True)

model = AutoModelForCausalLM.from_pretrained(
    options.model, quantization_config=quantization_config, device_map=options.device_map, dtype=torch.bfloat16
)
if options.lora:
    model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))

data = load_dataset("tatsu-lab/alpaca", split="train").map(lambda row: tokenizer(row["text"], truncation=True, max_length=512))
data = data.remove_columns([name for name in data.column_names if name not in ("input_ids", "attention_mask")])
loader = DataLoader(data, batch_size=1, shuffle=True, collate_fn=DataCollatorForLanguageModeling(tokenizer, mlm=False))
optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=2e-4)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

for step, batch in enumerate(loader):
    with accelerator.accumulate(model):
        accelerator.backward(model(**batch).loss)
        optimizer.step()
        optimizer.zero_grad()
accelerator.wait_for_everyone()
accelerator.unwrap_model(model).save_pretrained("out", state_dict=accelerator.get_state_dict(model))
