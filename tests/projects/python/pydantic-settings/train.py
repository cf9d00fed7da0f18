import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

from settings import Quantization, Secrets, Settings

settings = Settings(model="microsoft/Phi-3-medium-4k-instruct", quantization=Quantization(compute="bfloat16"))
model = AutoModelForCausalLM.from_pretrained(
    settings.model,
    quantization_config=BitsAndBytesConfig(**settings.quantization.keywords()),
    torch_dtype=torch.bfloat16,
    token=Secrets().hub_token or None,
)
trainer = SFTTrainer(
    model=model,
    args=SFTConfig(output_dir=settings.output, bf16=True),
    train_dataset=load_dataset("argilla/magpie-ultra-v0.1", split="train"),
    peft_config=LoraConfig(**settings.lora.model_dump(), task_type="CAUSAL_LM"),
)
trainer.train()
