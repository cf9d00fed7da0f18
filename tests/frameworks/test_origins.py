"""Libraries by which a run is another one: torchao, diffusers, ipex-llm, optimum-habana."""

from __future__ import annotations

from tests.frameworks.linked import codes, run_of

ZERO3 = {
    "z3.json": '{"bf16": {"enabled": true}, "zero_optimization": {"stage": 3}}',
    "run.sh": "deepspeed --num_gpus 2 train.py\n",
}
QLORA = """\
import torch
from peft import LoraConfig
from transformers import BitsAndBytesConfig, Trainer, TrainingArguments
from {package} import AutoModelForCausalLM
from {peft} import get_peft_model, prepare_model_for_kbit_training

args = TrainingArguments("out", bf16=True, deepspeed="z3.json")
model = AutoModelForCausalLM.from_pretrained(
    "meta-llama/Llama-2-70b-hf",
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
    torch_dtype=torch.bfloat16,
    device_map="auto",
)
model = prepare_model_for_kbit_training(model)
model = get_peft_model(model, LoraConfig(r=8, task_type="CAUSAL_LM"))
Trainer(model=model, args=args, train_dataset=[]).train()
"""


def test_a_model_of_ipex_llm_switches_the_rules_off() -> None:
    patched = QLORA.format(package="ipex_llm.transformers", peft="ipex_llm.transformers.qlora")
    assert run_of({"train.py": patched, **ZERO3}).value("framework") == "ipex-llm"
    assert codes({"train.py": patched, **ZERO3}) == set()
    assert codes({"train.py": QLORA.format(package="transformers", peft="peft"), **ZERO3})


def test_gaudis_trainers_switch_the_rules_off() -> None:
    script = """\
from optimum.habana import GaudiConfig, GaudiTrainer, GaudiTrainingArguments
from optimum.habana.transformers.modeling_utils import adapt_transformers_to_gaudi
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

adapt_transformers_to_gaudi()
args = GaudiTrainingArguments("out", bf16=True, deepspeed="z3.json", use_habana=True)
model = AutoModelForCausalLM.from_pretrained(
    "meta-llama/Llama-2-70b-hf", quantization_config=BitsAndBytesConfig(load_in_8bit=True), device_map="auto"
)
GaudiTrainer(model=model, gaudi_config=GaudiConfig(), args=args, train_dataset=[]).train()
"""
    run = run_of({"train.py": script, **ZERO3})
    assert (run.value("framework"), run.value("parallel.strategy")) == ("optimum-habana", "zero3")
    assert codes({"train.py": script, **ZERO3}) == set()


def test_optimizers_that_a_script_makes() -> None:
    script = """\
import bitsandbytes as bnb
import torch
from torch.distributed.fsdp import fully_shard

from model import Transformer

model = fully_shard(Transformer())
optimizer = bnb.optim.PagedAdamW8bit(model.parameters())
for batch in torch.load("b.pt"):
    model(batch).sum().backward()
    optimizer.step()
"""
    assert run_of({"train.py": script, "run.sh": "torchrun --nproc_per_node 2 train.py\n"}).value("train.optimizer") == (
        "paged_adamw_8bit"
    )
    ours = script.replace("bitsandbytes as bnb", "torchao.optim as bnb").replace("PagedAdamW8bit", "AdamW8bit")
    assert run_of({"train.py": ours, "run.sh": "torchrun --nproc_per_node 2 train.py\n"}).value("train.optimizer") == (
        "adamw_torch_8bit"
    )


def test_flags_of_a_diffusers_script_that_is_elsewhere() -> None:
    run = run_of(
        {
            "run.sh": "accelerate launch --num_processes 2 train_text_to_image_lora.py --pretrained_model_name_or_path a/b "
            "--use_8bit_adam --max_train_steps 10 --mixed_precision fp16 --bnb_quantization_config_path q.json\n",
            "q.json": '{"load_in_4bit": true, "bnb_4bit_quant_type": "nf4"}',
        }
    )
    assert (run.value("framework"), run.value("train.optimizer")) == ("diffusers", "adamw_bnb_8bit")
    assert (run.value("quantization.bits"), run.value("parallel.strategy")) == (4, "ddp")


def test_a_transformer_of_diffusers_is_read_like_a_model() -> None:
    script = """\
import argparse
import json

import torch
from accelerate import Accelerator
from diffusers import BitsAndBytesConfig, FluxTransformer2DModel
from peft import LoraConfig

parser = argparse.ArgumentParser()
parser.add_argument("--bnb_quantization_config_path", default=None)
args = parser.parse_args()
accelerator = Accelerator(mixed_precision="bf16")
quantization_config = None
if args.bnb_quantization_config_path is not None:
    with open(args.bnb_quantization_config_path) as f:
        quantization_config = BitsAndBytesConfig(**json.load(f))
transformer = FluxTransformer2DModel.from_pretrained(
    "black-forest-labs/FLUX.1-dev", subfolder="transformer", quantization_config=quantization_config, torch_dtype=torch.bfloat16
)
transformer.add_adapter(LoraConfig(r=4))
optimizer = torch.optim.AdamW(p for p in transformer.parameters() if p.requires_grad)
transformer, optimizer = accelerator.prepare(transformer, optimizer)
for batch in torch.load("b.pt"):
    accelerator.backward(transformer(batch).sum())
    optimizer.step()
"""
    launch = "accelerate launch --use_fsdp --fsdp_version 1 --num_processes 2 train.py"
    files = {"train.py": script, "q.json": '{"load_in_8bit": true}'}
    assert codes({**files, "run.sh": f"{launch} --bnb_quantization_config_path q.json\n"}) >= {"QP214"}
    assert codes({**files, "run.sh": f"{launch}\n"}) == set()
