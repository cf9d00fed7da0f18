import tomllib
from pathlib import Path

from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


def load(path):
    with Path(path).open("rb") as file:
        return tomllib.load(file)


def main(path="configs/base.toml"):
    config = load(path)
    model = AutoModelForCausalLM.from_pretrained(
        config["model"]["name"],
        quantization_config=BitsAndBytesConfig(load_in_8bit=config["model"]["load_in_8bit"]),
    )
    model = get_peft_model(model, LoraConfig(**config["lora"]))
    Trainer(model=model, args=TrainingArguments(**config["training"]), train_dataset=[]).train()


if __name__ == "__main__":
    main()
