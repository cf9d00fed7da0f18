from transformers import Trainer, TrainingArguments

from lib.data import train_rows
from lib.models import build_model


def main():
    model = build_model("Qwen/Qwen2.5-32B", rank=32)
    Trainer(model=model, args=TrainingArguments("out", bf16=True), train_dataset=train_rows()).train()


if __name__ == "__main__":
    main()
