import functools

import torch
from datasets import load_dataset
from torch.distributed.fsdp import FullyShardedDataParallel as FSDP
from torch.distributed.fsdp.wrap import transformer_auto_wrap_policy
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

nf4 = functools.partial(BitsAndBytesConfig, load_in_4bit=True, bnb_4bit_quant_type="nf4")
nf4_bf16 = functools.partial(nf4, bnb_4bit_compute_dtype=torch.bfloat16, bnb_4bit_quant_storage=torch.bfloat16)
load = functools.partial(AutoModelForCausalLM.from_pretrained, torch_dtype=torch.bfloat16, use_cache=False)
wrap_policy = functools.partial(transformer_auto_wrap_policy, transformer_layer_cls={LlamaDecoderLayer})


def train(name):
    torch.distributed.init_process_group("nccl")
    rank = torch.distributed.get_rank()
    torch.cuda.set_device(rank)
    model = load(name, quantization_config=nf4_bf16())
    model = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    model = FSDP(model, auto_wrap_policy=wrap_policy, device_id=rank, use_orig_params=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)
    model.train()
    for batch in load_dataset("json", data_files="tokens.jsonl", split="train").with_format("torch", device=rank):
        loss = model(input_ids=batch["input_ids"][None], labels=batch["input_ids"][None]).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


if __name__ == "__main__":
    train("meta-llama/Llama-2-70b-hf")
