import argparse

import deepspeed
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig


def get_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--local_rank", type=int, default=-1)
    parser.add_argument("--model_path", required=True)
    parser.add_argument("--use_4bit", action="store_true")
    parser = deepspeed.add_config_arguments(parser)
    return parser.parse_args()


args = get_args()
deepspeed.init_distributed()
quant = None
if args.use_4bit:
    quant = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16, bnb_4bit_quant_storage=torch.float16)
model = AutoModelForCausalLM.from_pretrained(args.model_path, quantization_config=quant, torch_dtype=torch.bfloat16)
model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear"))
engine, optimizer, _, _ = deepspeed.initialize(args=args, model=model, model_parameters=model.parameters())
for batch in torch.load("data.pt"):
    loss = engine(**batch).loss
    engine.backward(loss)
    engine.step()
