from datasets import load_dataset


def load():
    return load_dataset("json", data_files="data/train.jsonl", split="train")
