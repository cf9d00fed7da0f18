from datasets import load_dataset

from pipeline import Compressed

Compressed.named("imdb").run(load_dataset("stanfordnlp/imdb", split="train"))
