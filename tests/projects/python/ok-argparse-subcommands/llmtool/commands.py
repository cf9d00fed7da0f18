import torch
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments


def load(args):
    return AutoModelForCausalLM.from_pretrained(args.model, device_map=args.device_map, torch_dtype=torch.bfloat16)


def train(args):
    model = get_peft_model(load(args), LoraConfig(r=16, target_modules=["query_key_value"], task_type="CAUSAL_LM"))
    training = TrainingArguments(args.output_dir, bf16=True, gradient_checkpointing=args.grad_ckpt)
    Trainer(model=model, args=training, train_dataset=load_dataset("tatsu-lab/alpaca", split="train")).train()


def generate(args):
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    inputs = tokenizer(args.prompt, return_tensors="pt").to("cuda")
    print(tokenizer.decode(load(args).generate(**inputs)[0]))
