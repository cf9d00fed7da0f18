"""Adapt a quantized chat model to the style of one author."""

from datasets import load_dataset
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

MODEL = "models/Mistral-7B-Instruct-v0.3-AWQ"


def load_data(tokenizer):
    data = load_dataset("text", data_files={"train": "data/author.txt"}, split="train")
    data = data.filter(lambda row: len(row["text"]) > 20)
    return data.map(
        lambda rows: tokenizer(rows["text"], truncation=True, max_length=512), batched=True, remove_columns=["text"]
    )


def main():
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    tokenizer.pad_token = tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(MODEL)

    args = TrainingArguments(
        output_dir="out/author",
        per_device_train_batch_size=2,
        gradient_accumulation_steps=8,
        learning_rate=2e-5,
        num_train_epochs=3,
        bf16=True,
        logging_steps=10,
        report_to="none",
    )
    trainer = Trainer(
        model=model,
        args=args,
        train_dataset=load_data(tokenizer),
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
