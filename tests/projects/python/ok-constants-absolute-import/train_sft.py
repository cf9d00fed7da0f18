from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

import constants
from quantization import COMPUTE

model = AutoModelForCausalLM.from_pretrained(
    constants.MODEL_NAME,
    quantization_config=BitsAndBytesConfig(**constants.BNB_KWARGS, bnb_4bit_compute_dtype=COMPUTE),
    torch_dtype=COMPUTE,
)
trainer = SFTTrainer(
    model=model,
    args=SFTConfig(output_dir="falcon-sft", bf16=True, max_length=2048, packing=True),
    train_dataset=load_dataset("stingning/ultrachat", split="train"),
    peft_config=LoraConfig(r=16, target_modules=["query_key_value"], task_type="CAUSAL_LM"),
)
trainer.train()
