from datasets import load_from_disk
from transformers import Trainer, TrainingArguments

from tinytune.loading import load


def main():
    args = TrainingArguments("out", bf16=True, fsdp="full_shard auto_wrap", per_device_train_batch_size=4)
    trainer = Trainer(model=load("Qwen/Qwen2.5-7B"), args=args, train_dataset=load_from_disk("data/train"))
    trainer.train()


if __name__ == "__main__":
    main()
