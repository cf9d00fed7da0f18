import torch
import yaml
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

with open("sft.yaml") as file:
    cfg = yaml.safe_load(file)


def lora():
    if not cfg["lora"]["enabled"]:
        return None
    return LoraConfig(r=cfg["lora"]["r"], target_modules="all-linear", task_type="CAUSAL_LM")


model = AutoModelForCausalLM.from_pretrained(
    cfg["model"],
    quantization_config=BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    ),
    dtype=torch.bfloat16,
)
trainer = SFTTrainer(
    model=model,
    args=SFTConfig(output_dir=cfg["output"], max_length=4096, packing=True, bf16=True),
    train_dataset=load_dataset(cfg["data"], split="train"),
    peft_config=lora(),
)
trainer.train()
