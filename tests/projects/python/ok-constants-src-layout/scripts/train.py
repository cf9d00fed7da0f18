"""Train on the court decisions: `python scripts/train.py`."""
from datasets import load_dataset

from legalbot.training import train

train(load_dataset("pile-of-law/pile-of-law", "courtlistener_opinions", split="train"), "out")
