import json

import deepspeed
import torch
from torch.utils.data import DataLoader
from transformers import AutoConfig, AutoModelForCausalLM

from data import PackedTokens

with open("ds_config.json", encoding="utf-8") as file:
    ds_config = json.load(file)
ds_config["train_micro_batch_size_per_gpu"] = 4

deepspeed.init_distributed()
with deepspeed.zero.Init(config_dict_or_path=ds_config):
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained("EleutherAI/pythia-6.9b"))

engine, optimizer, _, scheduler = deepspeed.initialize(
    model=model, model_parameters=model.parameters(), config=ds_config
)
loader = DataLoader(PackedTokens("data/pile"), batch_size=engine.train_micro_batch_size_per_gpu())
for step, tokens in enumerate(loader):
    tokens = tokens.to(engine.device)
    loss = engine(input_ids=tokens, labels=tokens).loss
    engine.backward(loss)
    engine.step()
    if step % 1000 == 0:
        engine.save_checkpoint("checkpoints", tag=f"step{step}")
