import sys

from omegaconf import OmegaConf
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


def load_config():
    """The base file, then the one of the experiment, then `key=value` of the command line."""
    cli = OmegaConf.from_cli()
    base = OmegaConf.load("configs/base.yaml")
    experiment = OmegaConf.load(cli.pop("config"))
    return OmegaConf.merge(base, experiment, cli)


def main():
    config = load_config()
    model = AutoModelForCausalLM.from_pretrained(
        config.model.name,
        quantization_config=BitsAndBytesConfig(load_in_8bit=True) if config.model.bits == 8 else None,
    )
    model = get_peft_model(model, LoraConfig(**config.lora))
    args = TrainingArguments(**OmegaConf.to_container(config.training, resolve=True))
    Trainer(model=model, args=args, train_dataset=[]).train()


if __name__ == "__main__":
    sys.exit(main())
