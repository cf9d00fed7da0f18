from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoTokenizer, default_data_collator


def batches(name):
    tokenizer = AutoTokenizer.from_pretrained(name)
    rows = load_dataset("allenai/c4", "en", split="train", streaming=True)
    return DataLoader(rows.map(lambda row: tokenizer(row["text"])), batch_size=1, collate_fn=default_data_collator)
