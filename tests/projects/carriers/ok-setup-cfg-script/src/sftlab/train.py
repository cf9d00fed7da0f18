import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments, HfArgumentParser
from dataclasses import dataclass


@dataclass
class ModelArgs:
    model_name: str = "meta-llama/Llama-3.1-8B"
    load_in_8bit: bool = False


def main():
    model_args, training_args = HfArgumentParser((ModelArgs, TrainingArguments)).parse_args_into_dataclasses()
    quant = BitsAndBytesConfig(load_in_8bit=True) if model_args.load_in_8bit else None
    model = AutoModelForCausalLM.from_pretrained(model_args.model_name, quantization_config=quant)
    model = get_peft_model(model, LoraConfig(r=8))
    Trainer(model=model, args=training_args, train_dataset=[]).train()
