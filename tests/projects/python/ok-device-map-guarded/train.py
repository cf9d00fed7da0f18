import os

import torch
from accelerate import PartialState
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, HfArgumentParser, Trainer, TrainingArguments
from transformers.integrations import is_deepspeed_zero3_enabled

(args,) = HfArgumentParser(TrainingArguments).parse_args_into_dataclasses()
config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
kwargs = {"device_map": "auto"} if not is_deepspeed_zero3_enabled() else {}
model = AutoModelForCausalLM.from_pretrained("mistralai/Mistral-7B-v0.3", quantization_config=config, **kwargs)
model = get_peft_model(model, LoraConfig(r=16, task_type="CAUSAL_LM"))
Trainer(model=model, args=args, train_dataset=[]).train()
