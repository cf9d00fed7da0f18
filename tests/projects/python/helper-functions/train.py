"""QLoRA on eight GPUs."""
import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def dtype(name):
    return DTYPES[name]


def quantization(kind, compute, storage=None):
    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    if kind != "nf4":
        return None
    options = {} if storage is None else {"bnb_4bit_quant_storage": storage}
    return BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type=kind, bnb_4bit_compute_dtype=compute, **options)


def load(name, kind="nf4", precision="bf16", storage=None):
    torch_dtype = dtype(precision)
    config = quantization(kind, torch_dtype, storage)
    return AutoModelForCausalLM.from_pretrained(name, quantization_config=config, torch_dtype=torch_dtype)


def build(name, rank, *targets, **loading):
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = load(name, **loading)
    return tokenizer, get_peft_model(model, LoraConfig(r=rank, target_modules=list(targets), task_type="CAUSAL_LM"))


def main():
    tokenizer, model = build("01-ai/Yi-34B", 32, "q_proj", "v_proj", precision="bf16")
    data = load_dataset("yahma/alpaca-cleaned", split="train")
    data = data.map(lambda row: tokenizer(row["instruction"] + row["output"], truncation=True, max_length=1024))
    Trainer(model=model, args=TrainingArguments("out", bf16=True), train_dataset=data).train()


if __name__ == "__main__":
    main()
