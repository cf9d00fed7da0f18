import os
import submitit
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


class TrainJob:
    def __init__(self, cfg):
        self.cfg = cfg

    def __call__(self):
        main(**self.cfg)


def main(model_name, ds_config):
    env = submitit.JobEnvironment()
    os.environ["LOCAL_RANK"] = str(env.local_rank)
    args = TrainingArguments("out", bf16=True, deepspeed=ds_config)
    model = AutoModelForCausalLM.from_pretrained(
        model_name,
        quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16),
        torch_dtype=torch.bfloat16,
        device_map={"": env.local_rank},
    )
    model = get_peft_model(model, LoraConfig(r=8))
    Trainer(model=model, args=args, train_dataset=[]).train()
