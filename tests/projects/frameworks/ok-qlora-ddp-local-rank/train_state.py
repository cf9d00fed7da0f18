import torch
from accelerate import PartialState
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

model = AutoModelForCausalLM.from_pretrained(
    "mistralai/Mistral-7B-v0.3",
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
    device_map={"": PartialState().process_index},
    torch_dtype=torch.bfloat16,
)
SFTTrainer(model=model, args=SFTConfig("out"), train_dataset=[], peft_config=LoraConfig(r=8)).train()
