from peft import LoraConfig
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

config = SFTConfig("out", bf16=True, deepspeed="configs/ds_zeropp_z3.json")
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen3-8B", dtype="bfloat16")
SFTTrainer(model=model, args=config, train_dataset=[], peft_config=LoraConfig(r=32)).train()
