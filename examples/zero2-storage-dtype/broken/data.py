"""Instruction data as fixed-length token rows."""

from datasets import load_dataset


def instructions(tokenizer, length=512):
    def encode(row):
        ids = tokenizer(row["instruction"] + "\n" + row["output"], truncation=True, padding="max_length", max_length=length)
        return {"input_ids": ids["input_ids"], "attention_mask": ids["attention_mask"], "labels": ids["input_ids"]}

    data = load_dataset("yahma/alpaca-cleaned", split="train")
    return data.map(encode, remove_columns=data.column_names).with_format("torch")
