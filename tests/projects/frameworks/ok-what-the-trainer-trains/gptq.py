import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments, GPTQConfig

from common import LORA, Recipe, tokenized

recipe, args = HfArgumentParser((Recipe, TrainingArguments)).parse_args_into_dataclasses()
model = AutoModelForCausalLM.from_pretrained(
    "checkpoints/llama-3.1-8b-gptq",
    dtype=torch.bfloat16,
    device_map=recipe.device_map,
    quantization_config=GPTQConfig(bits=4, backend="auto_trainable"),
)
model = get_peft_model(model, LORA)
Trainer(model=model, args=args, train_dataset=tokenized(recipe)).train()
