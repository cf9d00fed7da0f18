"""Tries several learning rates; the model is made anew for each trial."""
import torch
from datasets import load_dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments

NAME = "answerdotai/ModernBERT-large"
tokenizer = AutoTokenizer.from_pretrained(NAME)
pick = lambda trial: {"torch_dtype": torch.bfloat16} if trial is None else {"device_map": "auto"}  # noqa: E731
optimizers = {"small": lambda: "adamw_bnb_8bit", "plain": lambda: "adamw_torch"}

data = load_dataset("nyu-mll/glue", "mnli").map(lambda row: tokenizer(row["premise"], row["hypothesis"], truncation=True))
args = TrainingArguments("out", deepspeed="zero3.json", bf16=True, optim=optimizers["plain"]())
trainer = Trainer(
    model_init=lambda trial=None: AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=3, **pick(trial)),
    args=args,
    train_dataset=data["train"],
    eval_dataset=data["validation_matched"],
    processing_class=tokenizer,
    compute_metrics=lambda prediction: {"accuracy": (prediction.predictions.argmax(-1) == prediction.label_ids).mean()},
)
trainer.hyperparameter_search(hp_space=lambda trial: {"learning_rate": trial.suggest_float("learning_rate", 1e-6, 1e-4)})
