"""QLoRA fine-tuning of a Llama model on instruction data."""

import argparse

import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="meta-llama/Llama-3.1-70B")
    parser.add_argument("--dataset", default="databricks/databricks-dolly-15k")
    parser.add_argument("--max-length", type=int, default=2048)
    parser.add_argument("--output-dir", default="out/llama-70b-qlora")
    return parser.parse_args()


def load_model(name):
    quantization = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_quant_storage=torch.bfloat16,
    )
    model = AutoModelForCausalLM.from_pretrained(
        name,
        quantization_config=quantization,
        torch_dtype=torch.bfloat16,
        attn_implementation="sdpa",
    )
    lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, lora)


def tokenize(tokenizer, max_length):
    def run(row):
        text = f"### Instruction:\n{row['instruction']}\n\n### Response:\n{row['response']}{tokenizer.eos_token}"
        return tokenizer(text, truncation=True, max_length=max_length)

    return run


def main():
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    tokenizer.pad_token = tokenizer.eos_token
    data = load_dataset(args.dataset, split="train")
    data = data.map(tokenize(tokenizer, args.max_length), remove_columns=data.column_names)

    trainer = Trainer(
        model=load_model(args.model),
        args=TrainingArguments(
            output_dir=args.output_dir,
            per_device_train_batch_size=1,
            gradient_accumulation_steps=8,
            gradient_checkpointing=True,
            gradient_checkpointing_kwargs={"use_reentrant": False},
            learning_rate=1e-4,
            num_train_epochs=1,
            bf16=True,
            logging_steps=5,
            save_strategy="epoch",
        ),
        train_dataset=data,
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
