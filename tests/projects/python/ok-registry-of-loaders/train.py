import sys

import yaml
from config import config_of
from datasets import load_dataset
from loaders import LOADERS
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

with open(sys.argv[1]) as file:
    cfg = config_of(yaml.safe_load(file))

match cfg.model:
    case {"loader": "full", "name": name}:
        kwargs = {}
    case {"loader": str(), "name": name}:
        kwargs = {"device_map": cfg.model.device_map}

training = SFTConfig(cfg.train.output_dir, bf16=True, deepspeed=cfg.train.deepspeed)
model = LOADERS[cfg.model.loader](name, **kwargs)
trainer = SFTTrainer(
    model,
    training,
    train_dataset=load_dataset("trl-lib/Capybara", split="train"),
    peft_config=LoraConfig(r=cfg.lora.r or 16, target_modules="all-linear"),
)
trainer.train()
