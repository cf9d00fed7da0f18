from dataclasses import dataclass

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, HfArgumentParser
from trl import SFTConfig, SFTTrainer


@dataclass
class ModelArguments:
    model_name_or_path: str
    bnb_4bit_quant_storage_dtype: str = "uint8"


model_args, training_args = HfArgumentParser((ModelArguments, SFTConfig)).parse_args_into_dataclasses()
storage = getattr(torch, model_args.bnb_4bit_quant_storage_dtype)
dtype = storage if storage and storage.is_floating_point else torch.float32
model = AutoModelForCausalLM.from_pretrained(
    model_args.model_name_or_path,
    quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_storage=storage),
    torch_dtype=dtype,
)
peft_config = LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM")
SFTTrainer(model=model, args=training_args, train_dataset=[], peft_config=peft_config).train()
