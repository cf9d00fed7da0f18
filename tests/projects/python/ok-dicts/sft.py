import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

COMMON = dict(torch_dtype=torch.bfloat16, attn_implementation="sdpa")
LOADING = {
    "light": {**COMMON, "quantization_config": BitsAndBytesConfig(load_in_8bit=True)},
    "full": {**COMMON},
}
OPTIONS = {"output_dir": "out/sft", "per_device_train_batch_size": 4, "bf16": True}
OPTIONS.update({"gradient_checkpointing": True, "max_length": 2048}, learning_rate=1e-4)
OPTIONS |= {"logging_steps": 10}

model_kwargs = dict(LOADING["full"], low_cpu_mem_usage=True)
model_kwargs.setdefault("use_cache", False)

model = AutoModelForCausalLM.from_pretrained("mistralai/Mistral-Small-24B-Base-2501", **model_kwargs)
trainer = SFTTrainer(
    model=model,
    args=SFTConfig(**OPTIONS),
    train_dataset=load_dataset("trl-lib/Capybara", split="train"),
    peft_config=LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"),
)
trainer.train()
