import torch
from ipex_llm.transformers import AutoModelForCausalLM
from ipex_llm.transformers.qlora import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import BitsAndBytesConfig, Trainer, TrainingArguments

bnb_config = BitsAndBytesConfig(
    load_in_4bit=True, bnb_4bit_use_double_quant=False, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
)
model = AutoModelForCausalLM.from_pretrained(
    "meta-llama/Llama-2-13b-hf", quantization_config=bnb_config, torch_dtype=torch.bfloat16, trust_remote_code=True
)
model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=True)
model = get_peft_model(model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", training_mode="qlora"))
args = TrainingArguments("out", bf16=True, deepspeed="deepspeed_zero3_config.json")
Trainer(model=model, args=args, train_dataset=[]).train()
