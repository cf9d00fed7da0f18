import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, GPTQConfig, Trainer, TrainingArguments

from legalbot import __version__
from legalbot.defaults import BASE, DORA, LORA


def train(dataset, output):
    gptq = GPTQConfig(bits=4, use_exllama=False)
    model = AutoModelForCausalLM.from_pretrained(
        BASE, quantization_config=gptq, torch_dtype=torch.float16, device_map="auto"
    )
    model = get_peft_model(model, LoraConfig(**LORA, use_dora=DORA))
    args = TrainingArguments(output, fp16=True, run_name=f"legalbot-{__version__}")
    Trainer(model=model, args=args, train_dataset=dataset).train()
