import os
from argparse import ArgumentParser

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


def main(options):
    model = AutoModelForCausalLM.from_pretrained(
        options.model_id,
        quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16),
        device_map={"": int(os.environ["LOCAL_RANK"])},
    )
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM"))
    Trainer(model, TrainingArguments("out", num_train_epochs=options.epochs, bf16=True), train_dataset=[]).train()


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--model_id", required=True)
    parser.add_argument("--gpu", type=int, default=0, help="not read any more")
    parser.add_argument("--epochs", type=float, default=3)
    main(parser.parse_args())
