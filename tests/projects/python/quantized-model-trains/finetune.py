"""Trains an adapter, then looks at what the quantized base says about the same prompts."""
import torch
from datasets import load_dataset
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments

BASE = "meta-llama/Meta-Llama-3-8B"
PROMPTS = ["Why is the sky blue?", "Write a limerick."]


def load(quantized):
    config = BitsAndBytesConfig(load_in_8bit=True) if quantized else None
    return AutoModelForCausalLM.from_pretrained(BASE, quantization_config=config, torch_dtype=torch.bfloat16)


def train(output):
    model = load(quantized=True)
    model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    args = TrainingArguments(
        output,
        bf16=True,
        fsdp="full_shard auto_wrap",
        fsdp_config={"transformer_layer_cls_to_wrap": ["LlamaDecoderLayer"], "use_orig_params": True},
    )
    trainer = Trainer(model=model, args=args, train_dataset=load_dataset("Open-Orca/SlimOrca", split="train"))
    trainer.train()
    trainer.save_model(output)


@torch.inference_mode()
def compare(adapter):
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    base = load(quantized=True).eval()
    tuned = PeftModel.from_pretrained(base, adapter)
    for prompt in PROMPTS:
        inputs = tokenizer(prompt, return_tensors="pt").to(base.device)
        with tuned.disable_adapter():
            print("before:", tokenizer.decode(base.generate(**inputs, max_new_tokens=64)[0]))
        print("after:", tokenizer.decode(tuned.generate(**inputs, max_new_tokens=64)[0]))


def merge(adapter, output):
    PeftModel.from_pretrained(load(quantized=False), adapter).merge_and_unload().save_pretrained(output)


if __name__ == "__main__":
    train("out/adapter")
    compare("out/adapter")
    merge("out/adapter", "out/merged")
