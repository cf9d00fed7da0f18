import os
from dataclasses import dataclass

import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig


@dataclass
class ModelArguments:
    model_name_or_path: str = "Qwen/Qwen2.5-7B"
    q_lora: bool = False


parser = transformers.HfArgumentParser((ModelArguments, transformers.TrainingArguments))
model_args, training_args = parser.parse_args_into_dataclasses()
device_map = {"": int(os.environ.get("LOCAL_RANK") or 0)} if model_args.q_lora else None
model = AutoModelForCausalLM.from_pretrained(
    model_args.model_name_or_path,
    device_map=device_map,
    quantization_config=BitsAndBytesConfig(load_in_4bit=True) if model_args.q_lora else None,
)
model = get_peft_model(model, LoraConfig(r=64, target_modules="all-linear"))
transformers.Trainer(model=model, args=training_args, train_dataset=[]).train()
