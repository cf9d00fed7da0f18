from datasets import load_dataset
from torch.utils.data import DataLoader


def loader(tokenizer):
    rows = load_dataset("trl-lib/tldr", split="train").map(lambda row: tokenizer(row["prompt"]))
    return DataLoader(rows, batch_size=4)
