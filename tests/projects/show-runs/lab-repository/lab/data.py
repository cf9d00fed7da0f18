"""The lab's data sets."""

from datasets import load_dataset


def held_out(count: int = 200) -> list[str]:
    """The texts on which checkpoints are compared."""
    return load_dataset("wikitext", "wikitext-2-raw-v1", split=f"test[:{count}]")["text"]
