import sys

from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

import settings

config = settings.load(sys.argv[1])
training_args = dict(output_dir=config.project, per_device_train_batch_size=config.batch_size)
if config.mixed_precision == "fp16":
    training_args["fp16"] = True
if config.mixed_precision in ("bf16", "fp16"):
    training_args["bf16"] = True
args = TrainingArguments(**training_args)
model = AutoModelForSequenceClassification.from_pretrained("FacebookAI/roberta-large")
Trainer(model=model, args=args, train_dataset=[]).train()
