import sys
from dataclasses import dataclass, field
from typing import Optional

from transformers import HfArgumentParser, Trainer, TrainingArguments

from loading import load_model, load_texts


@dataclass
class Settings:
    base: str = field(metadata={"help": "the base model"})
    four_bit: Optional[bool] = field(default=False)
    eight_bit: Optional[bool] = field(default=False)
    storage: Optional[str] = field(default="uint8")
    lora: Optional[bool] = field(default=False)
    rank: Optional[int] = field(default=64)


def main() -> None:
    parser = HfArgumentParser((Settings, TrainingArguments))
    if len(sys.argv) == 2 and sys.argv[1].endswith(".json"):
        settings, training = parser.parse_json_file(json_file=sys.argv[1])
    else:
        settings, training = parser.parse_args_into_dataclasses()
    model, tokenizer = load_model(settings)
    model.config.use_cache = not training.gradient_checkpointing
    trainer = Trainer(model=model, args=training, train_dataset=load_texts(tokenizer))
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
