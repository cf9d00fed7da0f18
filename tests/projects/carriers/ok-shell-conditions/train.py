import argparse

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-id", required=True)
    parser.add_argument("--bits", type=int, choices=[4, 8, 16], default=16)
    parser.add_argument("--epochs", type=float, default=3)
    options = parser.parse_args()
    quantization = BitsAndBytesConfig(load_in_8bit=True) if options.bits == 8 else None
    model = AutoModelForCausalLM.from_pretrained(
        options.model_id, quantization_config=quantization, torch_dtype=torch.bfloat16
    )
    model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    arguments = TrainingArguments("out", bf16=True, num_train_epochs=options.epochs)
    Trainer(model=model, args=arguments, train_dataset=[]).train()


if __name__ == "__main__":
    main()
