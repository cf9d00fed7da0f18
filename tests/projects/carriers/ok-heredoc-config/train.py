from dataclasses import dataclass

import torch
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments


@dataclass
class Arguments(TrainingArguments):
    output_dir: str = "out"
    model: str = "google/gemma-2-27b"


def main():
    (args,) = HfArgumentParser(Arguments).parse_args_into_dataclasses()
    model = AutoModelForCausalLM.from_pretrained(args.model, torch_dtype=torch.bfloat16)
    Trainer(model=model, args=args, train_dataset=[]).train()


if __name__ == "__main__":
    main()
