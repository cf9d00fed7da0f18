import sys, yaml
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, GPTQConfig, Trainer, TrainingArguments

cfg = {}
for path in sys.argv[1:]:
    with open(path) as f:
        cfg.update(yaml.safe_load(f))
args = TrainingArguments("out", deepspeed=cfg["deepspeed"])
model = AutoModelForCausalLM.from_pretrained(cfg["model"], quantization_config=GPTQConfig(bits=4, use_exllama=False))
model = get_peft_model(model, LoraConfig(r=8))
Trainer(model=model, args=args, train_dataset=[]).train()
