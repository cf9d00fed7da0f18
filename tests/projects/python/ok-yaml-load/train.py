import argparse

import torch
import yaml
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments


def main(config):
    name = config["model"].pop("name")
    model = AutoModelForCausalLM.from_pretrained(name, torch_dtype=torch.float16, **config["model"])
    model = get_peft_model(model, LoraConfig(**config["lora"]))
    args = TrainingArguments(output_dir=config["output"], **config["training"])
    Trainer(model=model, args=args, train_dataset=load_dataset(config["data"], split="train")).train()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    with open(parser.parse_args().config) as f:
        main(yaml.safe_load(f))
