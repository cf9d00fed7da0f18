import torch
from transformers import BitsAndBytesConfig
from transformers.utils import is_liger_kernel_available
from trl import SFTConfig, SFTTrainer

if is_liger_kernel_available():
    from liger_kernel.transformers import AutoLigerKernelForCausalLM as AutoModelForCausalLM
else:
    from modelscope import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(
    "Qwen/Qwen2.5-7B-Instruct",
    quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16),
)
trainer = SFTTrainer(model=model, args=SFTConfig("out", bf16=True), train_dataset=[])
trainer.train()
