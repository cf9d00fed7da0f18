"""Perplexity of a checkpoint, in 8 bits, spread over the GPUs of one machine."""

import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from lab.data import held_out


@torch.inference_mode()
def main(checkpoint: str) -> float:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForCausalLM.from_pretrained(
        checkpoint, device_map="auto", quantization_config=BitsAndBytesConfig(load_in_8bit=True)
    )
    losses = []
    for text in held_out():
        batch = tokenizer(text, return_tensors="pt").to(model.device)
        losses.append(model(**batch, labels=batch["input_ids"]).loss.item())
    return sum(losses) / len(losses)


if __name__ == "__main__":
    print(main(sys.argv[1]))
