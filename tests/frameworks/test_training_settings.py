"""What is read of training arguments, DeepSpeed's configuration and `prepare`, beyond what rules have as examples."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of

TRAIN = """
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
args = TrainingArguments("out", deepspeed="ds.json", {arguments})
model = AutoModelForCausalLM.from_pretrained("base")
Trainer(model=model, args=args, train_dataset=[]).train()
"""
DEEPSPEED = '{"zero_optimization": {"stage": 2}, "optimizer": {"type": "AdamW", "params": {"lr": LR}}}'


@pytest.mark.parametrize(("written", "differs"), [("2e-5", False), ('"auto"', False), ('"2e-5"', False), ("3e-5", True)])
def test_numbers_are_compared_as_numbers(written: str, differs: bool) -> None:
    files = {"train.py": TRAIN.format(arguments="learning_rate=2e-5"), "ds.json": DEEPSPEED.replace("LR", written)}
    assert ("QP315" in codes(files)) is differs


def test_unknown_numbers_contradict_nothing() -> None:
    train = "import os\n" + TRAIN.format(arguments='learning_rate=float(os.environ["LR"])')
    assert "QP315" not in codes({"train.py": train, "ds.json": DEEPSPEED.replace("LR", "3e-5")})


def test_a_data_type_that_is_decided_elsewhere_is_no_error() -> None:
    train = """
import argparse, torch
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
parser = argparse.ArgumentParser()
parser.add_argument("--dtype", choices=["float16", "bfloat16"])
dtype = {"float16": torch.float16, "bfloat16": torch.bfloat16}[parser.parse_args().dtype]
model = AutoModelForCausalLM.from_pretrained("base", dtype=dtype)
Trainer(model=model, args=TrainingArguments("out"), train_dataset=[]).train()
"""
    assert set(run_of({"train.py": train}).settings["model.dtype"].values) == {"float16", "bfloat16"}


def test_optimizer_objects_have_the_names_of_optim() -> None:
    train = """
import bitsandbytes as bnb
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
model = AutoModelForCausalLM.from_pretrained("base")
optimizer = bnb.optim.PagedAdamW8bit(model.parameters())
Trainer(model=model, args=TrainingArguments("out"), train_dataset=[], optimizers=(optimizer, None)).train()
"""
    assert run_of({"train.py": train}).value("train.optimizer") == "paged_adamw_8bit"


def test_prepare_of_unknown_objects_says_nothing() -> None:
    train = """
from accelerate import Accelerator
from parts import build
accelerator = Accelerator()
model, optimizer = accelerator.prepare(*build())
accelerator.backward(model(0).loss)
optimizer.step()
"""
    names = run_of({"train.py": train}).settings
    assert not [name for name in names if name.startswith("accelerate.prepared")]
