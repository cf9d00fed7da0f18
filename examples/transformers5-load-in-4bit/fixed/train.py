"""QLoRA on one GPU."""

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments

BASE = "google/gemma-2-9b"


def load():
    quantization = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )
    model = AutoModelForCausalLM.from_pretrained(
        BASE,
        quantization_config=quantization,
        torch_dtype=torch.bfloat16,
        device_map={"": 0},
    )
    model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=True)
    return get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))


def main():
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    data = load_dataset("Abirate/english_quotes", split="train")

    def encode(row):
        ids = tokenizer(row["quote"], truncation=True, max_length=256, padding="max_length")
        return {**ids, "labels": ids["input_ids"]}

    trainer = Trainer(
        model=load(),
        args=TrainingArguments("out/gemma-quotes", per_device_train_batch_size=4, learning_rate=2e-4, bf16=True),
        train_dataset=data.map(encode, remove_columns=data.column_names),
    )
    trainer.train()


if __name__ == "__main__":
    main()
