"""Full fine-tuning under ZeRO-3.

Do not do this, each rank would place the whole model:

    model = AutoModelForCausalLM.from_pretrained(name, device_map="auto", load_in_8bit=True)
    Trainer(model=model, args=TrainingArguments("out", deepspeed="ds/zero3.json")).train()
"""
import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

HELP = """
To quantize:
    model = AutoModelForCausalLM.from_pretrained(name, quantization_config=BitsAndBytesConfig(load_in_4bit=True))
    Trainer(model=model, args=args).train()
"""


def main():
    args = TrainingArguments("out", bf16=True, deepspeed="ds/zero3.json")
    # model = AutoModelForCausalLM.from_pretrained("gpt2-xl", device_map="auto")  # refused under ZeRO-3
    model = AutoModelForCausalLM.from_pretrained("gpt2-xl", torch_dtype=torch.bfloat16)
    if torch.distributed.get_rank() == 0:
        print(HELP)
    Trainer(model=model, args=args, train_dataset=load_dataset("imdb", split="train")).train()


if __name__ == "__main__":
    main()
