from datasets import load_from_disk
from transformers import Trainer, TrainingArguments

from finetune import settings
from finetune.model import load_model

DEEPSPEED = {
    "bf16": {"enabled": True},
    "zero_optimization": {"stage": settings.ZERO_STAGE, "overlap_comm": True},
    "train_micro_batch_size_per_gpu": "auto",
    "gradient_accumulation_steps": "auto",
}

if __name__ == "__main__":
    args = TrainingArguments("out", bf16=True, deepspeed=DEEPSPEED, per_device_train_batch_size=2)
    trainer = Trainer(model=load_model(), args=args, train_dataset=load_from_disk("data/tokenized"))
    trainer.train()
