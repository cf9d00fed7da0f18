from enum import Enum, auto

import torch
from accelerate import Accelerator
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, default_data_collator


class Task(Enum):
    PRETRAIN = auto()
    FINETUNE = auto()


class Quantization(str, Enum):
    NONE = "none"
    NF4 = "nf4"
    INT8 = "int8"

    @property
    def config(self):
        if self is Quantization.NF4:
            return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_storage=torch.bfloat16)
        return BitsAndBytesConfig(load_in_8bit=True) if self == Quantization.INT8 else None


TASK = Task.FINETUNE
QUANTIZATION = Quantization("nf4") if TASK is Task.FINETUNE else Quantization.NONE

accelerator = Accelerator()
tokenizer = AutoTokenizer.from_pretrained("google/gemma-2-27b")
model = AutoModelForCausalLM.from_pretrained(
    "google/gemma-2-27b", quantization_config=QUANTIZATION.config, torch_dtype=torch.bfloat16
)
if TASK == Task.FINETUNE:
    model = get_peft_model(model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"]))

data = load_dataset("databricks/databricks-dolly-15k", split="train").map(
    lambda row: tokenizer(row["response"], truncation=True, padding="max_length", max_length=512)
)
loader = DataLoader(data, batch_size=2, collate_fn=default_data_collator, shuffle=True)
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

for batch in loader:
    loss = model(**batch, labels=batch["input_ids"]).loss
    accelerator.backward(loss)
    optimizer.step()
    optimizer.zero_grad()
