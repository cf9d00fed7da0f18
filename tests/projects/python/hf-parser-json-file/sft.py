import os
import sys
from dataclasses import dataclass, field
from typing import Optional

import torch
from datasets import load_dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    HfArgumentParser,
    Trainer,
    TrainingArguments,
)


@dataclass
class ModelArguments:
    model_name_or_path: str = field(metadata={"help": "Where the weights are."})
    load_in_8bit: bool = field(default=False)
    trust_remote_code: bool = field(default=False)


@dataclass
class DataArguments:
    dataset_name: Optional[str] = field(default=None)
    max_length: int = 2048


def main():
    parser = HfArgumentParser((ModelArguments, DataArguments, TrainingArguments))
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        model_args, data_args, training_args = parser.parse_json_file(json_file=os.path.abspath(sys.argv[1]))
    else:
        model_args, data_args, training_args = parser.parse_args_into_dataclasses()

    quantization = BitsAndBytesConfig(load_in_8bit=True) if model_args.load_in_8bit else None
    model = AutoModelForCausalLM.from_pretrained(
        model_args.model_name_or_path,
        quantization_config=quantization,
        trust_remote_code=model_args.trust_remote_code,
        torch_dtype=torch.bfloat16,
    )
    tokenizer = AutoTokenizer.from_pretrained(model_args.model_name_or_path)
    data = load_dataset(data_args.dataset_name)
    data = data.map(lambda row: tokenizer(row["text"], truncation=True, max_length=data_args.max_length))
    trainer = Trainer(model=model, args=training_args, train_dataset=data["train"], eval_dataset=data["test"])
    if training_args.do_train:
        trainer.train()
        trainer.save_model()
    if training_args.do_eval:
        trainer.log_metrics("eval", trainer.evaluate())


if __name__ == "__main__":
    main()
