import argparse
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

p = argparse.ArgumentParser()
p.add_argument("--fsdp", default="")
p.add_argument("--out")
a = p.parse_args()
model = AutoModelForCausalLM.from_pretrained("meta-llama/Llama-3.1-8B", quantization_config=BitsAndBytesConfig(load_in_8bit=True))
model = get_peft_model(model, LoraConfig(r=8))
Trainer(model=model, args=TrainingArguments(a.out, fsdp=a.fsdp), train_dataset=[]).train()
