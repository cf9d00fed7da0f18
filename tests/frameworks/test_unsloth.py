"""What qp-lint reads of unsloth's loaders."""

from __future__ import annotations

import pytest
from tests.frameworks.linked import codes, run_of

from qp_lint.run import Run


def loaded(arguments: str, owner: str = "FastLanguageModel") -> Run:
    text = f"""
from trl import SFTTrainer
from unsloth import {owner}

model, tokenizer = {owner}.from_pretrained({arguments})
model = {owner}.get_peft_model(model, r=16, use_gradient_checkpointing="unsloth")
SFTTrainer(model=model, processing_class=tokenizer, train_dataset=[]).train()
"""
    return run_of({"train.py": text})


def test_four_bits_are_the_default() -> None:
    run = loaded('"some/model", max_seq_length=2048')
    assert (run.value("framework"), run.value("model.load_api"), run.value("purpose")) == ("unsloth", "unsloth", "train")
    assert (run.value("quantization.method"), run.value("quantization.bits"), run.value("quantization.type")) == (
        "bitsandbytes",
        4,
        "nf4",
    )
    assert run.value("tuning.method") == "lora"


@pytest.mark.parametrize(
    "arguments", ['"a/b", load_in_4bit=False', '"unsloth/llama-3-8b-bnb-4bit", load_in_4bit=False', '"a/b", full_finetuning=True']
)
def test_unquantized_when_it_is_said(arguments: str) -> None:
    assert loaded(arguments).value("quantization.method") is None


def test_eight_bits() -> None:
    run = loaded('"a/b", load_in_4bit=False, load_in_8bit=True')
    assert run.value("quantization.bits") == 8
    assert run.value("unsloth.several_bits") is None


def test_a_switch_that_cannot_be_told_is_silent() -> None:
    text = """
import os

from unsloth import FastModel

model, tokenizer = FastModel.from_pretrained("a/b", load_in_8bit=os.environ["EIGHT"] == "1", load_in_16bit=bool(os.environ["S"]))
"""
    assert codes({"train.py": text}) == set()


def test_the_rules_of_transformers_do_not_speak_for_unsloth() -> None:
    text = """
from trl import SFTConfig, SFTTrainer
from unsloth import FastLanguageModel

model, tokenizer = FastLanguageModel.from_pretrained("a/b")
model = FastLanguageModel.get_peft_model(model, r=16)
SFTTrainer(model=model, args=SFTConfig("out", bf16=True, fsdp="full_shard auto_wrap"), train_dataset=[]).train()
"""
    assert codes({"train.py": text, "run.sh": "torchrun --nproc_per_node 2 train.py\n"}) == {"QP507"}


def test_a_script_that_only_loads_is_inference() -> None:
    text = 'from unsloth import FastLanguageModel\n\nmodel, tokenizer = FastLanguageModel.from_pretrained("a/b")\n'
    assert run_of({"chat.py": text}).value("purpose") == "infer"
