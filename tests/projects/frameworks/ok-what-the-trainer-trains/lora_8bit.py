import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, HfArgumentParser, Trainer, TrainingArguments, BitsAndBytesConfig

from common import LORA, Recipe, tokenized

recipe, args = HfArgumentParser((Recipe, TrainingArguments)).parse_args_into_dataclasses()
model = AutoModelForCausalLM.from_pretrained(
    recipe.model_name,
    dtype=torch.bfloat16,
    device_map=recipe.device_map,
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
)
model = get_peft_model(model, LORA)
Trainer(model=model, args=args, train_dataset=tokenized(recipe)).train()
