import argparse
from dataclasses import dataclass, field

from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, HfArgumentParser, Trainer, TrainingArguments


@dataclass
class CustomizedArguments:
    model_name_or_path: str
    train_file: str
    template_name: str = ""
    max_seq_length: int = 512
    load_in_8bit: bool = False
    lora_rank: int = field(default=64)


def setup_everything():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train_args_file", type=str, default="train_args/sft/lora.json")
    parser.add_argument("--local_rank", type=int)
    train_args_file = parser.parse_args().train_args_file
    parser = HfArgumentParser((CustomizedArguments, TrainingArguments))
    args, training_args = parser.parse_json_file(json_file=train_args_file)
    return args, training_args


def init_components(args, training_args):
    quantization = BitsAndBytesConfig(load_in_8bit=True) if args.load_in_8bit else None
    model = AutoModelForCausalLM.from_pretrained(args.model_name_or_path, quantization_config=quantization)
    model = get_peft_model(model, LoraConfig(r=args.lora_rank, target_modules="all-linear", task_type="CAUSAL_LM"))
    return Trainer(model=model, args=training_args, train_dataset=load_dataset("json", data_files=args.train_file)["train"])


def main():
    args, training_args = setup_everything()
    trainer = init_components(args, training_args)
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
