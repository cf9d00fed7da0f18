import torch
from datasets import load_dataset
from omegaconf import OmegaConf
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

defaults = OmegaConf.create({"seed": 7, "lora": {"r": 16, "init": True}, "trainer": {"bf16": True}})
cfg = OmegaConf.merge(defaults, OmegaConf.load("conf/base.yaml"), OmegaConf.load("conf/qlora.yaml"))

model = AutoModelForCausalLM.from_pretrained(
    cfg.model.name,
    quantization_config=BitsAndBytesConfig(**cfg.quantization, bnb_4bit_compute_dtype=torch.bfloat16),
    torch_dtype=torch.bfloat16,
)
model = prepare_model_for_kbit_training(model)
lora = LoraConfig(r=cfg.lora.r, lora_alpha=2 * cfg.lora.r, init_lora_weights=cfg.lora.init, target_modules="all-linear")
model = get_peft_model(model, lora)

args = TrainingArguments(output_dir=cfg.output, seed=cfg.seed, **OmegaConf.to_container(cfg.trainer, resolve=True))
Trainer(model=model, args=args, train_dataset=load_dataset(cfg.data.name, split="train")).train()
