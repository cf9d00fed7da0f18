import os

import torch
from torch.distributed import init_process_group
from torch.distributed.fsdp import fully_shard
from torchao.float8 import Float8LinearConfig, convert_to_float8_training
from torchao.optim import AdamW8bit
from transformers import AutoModelForCausalLM

init_process_group("nccl")
torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
model = AutoModelForCausalLM.from_pretrained("meta-llama/Llama-3.1-8B", torch_dtype=torch.bfloat16)
convert_to_float8_training(model, config=Float8LinearConfig(enable_fsdp_float8_all_gather=True))
for layer in model.model.layers:
    fully_shard(layer)
fully_shard(model)
optimizer = AdamW8bit(model.parameters(), lr=1e-5)
for batch in batches:
    model(**batch).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
