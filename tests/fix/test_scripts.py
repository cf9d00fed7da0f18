"""Whole programs, however they are written: the fix makes them sound, a second one finds nothing to do, other lines stay."""

from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fix.layouts import pick
from tests.fix.samples import FSDP, LAUNCH, read, write

from qp_lint.diagnostics import Finding
from qp_lint.fix.rounds import Outcome, fix_all
from qp_lint.pipeline import Options, Result, check

RANDOM = st.randoms(use_true_random=False)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ("AutoModelForCausalLM", "BitsAndBytesConfig", "Trainer", "TrainingArguments")
DTYPES = {
    "import torch": "torch.bfloat16",
    "import torch as th": "th.bfloat16",
    "from torch import bfloat16": "bfloat16",
    "": "'bfloat16'",
}


def call(r: Random, function: str, arguments: Sequence[str]) -> str:
    """A call in one of the usual layouts."""
    lines = "".join(f"    {argument},{pick(r, '', '  # why', '  # )')}\n" for argument in arguments)
    return pick(
        r,
        f"{function}({', '.join(arguments)}{pick(r, '', ',')})",
        f"{function}(\n{lines})",
        f"{function}(\n    " + ",\n    ".join(arguments) + ")",
        f"{function}(" + ",\n            ".join(arguments) + ")",
    )


def imported(r: Random) -> tuple[str, dict[str, str]]:
    """An import of transformers, and what its names are called then."""
    style = pick(r, "plain", "alias", "from", "lines")
    if style == "plain":
        return "import transformers", {name: f"transformers.{name}" for name in NAMES}
    if style == "alias":
        return "import transformers as tf", {name: f"tf.{name}" for name in NAMES}
    local = {name: name for name in NAMES} | (
        {"TrainingArguments": "TA", "BitsAndBytesConfig": "BNB"} if r.random() < 0.4 else {}
    )
    words = [name if name == own else f"{name} as {own}" for name, own in local.items()]
    if style == "from":
        return f"from transformers import {', '.join(words)}", local
    return "from transformers import (  # hf\n" + "".join(f"    {word},\n" for word in words) + ")", local


def script(r: Random, switch: str) -> str:
    """A program that trains a model quantized with `switch`."""
    statement, local = imported(r)
    torch = r.choice(sorted(DTYPES))
    quote, dtype = pick(r, "'", '"'), DTYPES[torch]
    more = [f"bnb_4bit_quant_type={quote}nf4{quote}", "bnb_4bit_use_double_quant=True", f"bnb_4bit_compute_dtype={dtype}"]
    arguments = [switch, *(r.sample(more, r.randint(0, 3)) if "4" in switch else ())]
    r.shuffle(arguments)
    config = call(r, local["BitsAndBytesConfig"], arguments)
    load = [f"{quote}mistralai/Mistral-7B-v0.3{quote}"]
    if r.random() < 0.7:
        load.append(f"{pick(r, 'dtype', 'torch_dtype')}={dtype}")
    before, given_ = r.choice(
        [
            ([], f"quantization_config={config}"),
            ([f"bnb = {config}  # ours"], "quantization_config=bnb"),
            ([f"bnb: object = {config}  # type: ignore"], "quantization_config=bnb"),
            ([f"seed = 1; bnb = {config}; x = 2"], "quantization_config=bnb"),
            ([f"kw = {{'quantization_config': {config}}}"], "**kw"),
        ]
    )
    lines = [
        *before,
        f"model = {call(r, local['AutoModelForCausalLM'] + '.from_pretrained', [*load, given_])}",
        "model = get_peft_model(model, LoraConfig(r=16, target_modules='all-linear', task_type='CAUSAL_LM'))",
        f"args = {call(r, local['TrainingArguments'], [f'{quote}out{quote}', 'bf16=True'])}",
        f"{local['Trainer']}(model=model, args=args, train_dataset=[]).train()",
    ]
    body = "\n".join(lines)
    if (indent := r.choice(["", "    ", "\t"])) != "":
        inside = "\n".join(indent + line for line in body.split("\n"))
        body = f"def main():\n{inside}\n\n\nif __name__ == '__main__':\n{indent}main()"
    head = pick(r, "", '"""Doc."""\n', "#!/usr/bin/env python\n", "from __future__ import annotations\n\n")
    imports = [line for line in (statement, torch, "from peft import LoraConfig, get_peft_model", "import os") if line]
    r.shuffle(imports)
    return head + "\n".join(imports) + f"\n\n{body}\n"


def mended(folder: Path) -> Outcome:
    """The files of a project after all fixes, which a second time find nothing to do; nothing is written."""

    def checked(texts: Mapping[str, str]) -> tuple[Result, Sequence[Finding]]:
        result = check([folder], Options(overlay=texts, keep_runs=False), root=folder)
        return result, result.findings

    outcome = fix_all(checked, ("safe", "unsafe"))
    again = fix_all(lambda texts: checked({**outcome.texts, **texts}), ("safe", "unsafe"))
    assert again.made == []
    return outcome


@given(RANDOM)
@FEW
def test_programs(r: Random) -> None:
    newline = pick(r, "\n", "\r\n")
    text = script(r, pick(r, "load_in_4bit=True", "load_in_8bit=True")).replace("\n", newline)
    text = text.rstrip("\r\n") if r.random() < 0.2 else text
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mark = b"\xef\xbb\xbf" if r.random() < 0.2 else b""
        write(folder, {"pyproject.toml": "", "train.py": mark + text.encode(), "fsdp.yaml": FSDP, "run.sh": LAUNCH})
        outcome = mended(folder)
        assert outcome.made
        assert [finding.code for finding in outcome.findings] == []
        new = outcome.texts.get(str(folder / "train.py"), text)
    ast.parse(new)
    assert newline == "\n" or "\n" not in new.replace("\r\n", "")
    about = ("load_in", "bnb_4bit", "dtype", "import", "quantization_config", "mistralai", "**kw")
    rest = iter(new.splitlines())
    assert [line for line in text.splitlines() if not any(word in line for word in about) and line not in rest] == []


@given(RANDOM)
@FEW
def test_notebooks(r: Random) -> None:
    """Outputs, metadata and other cells stay byte for byte."""
    load = [
        "'mistralai/Mistral-7B-v0.3'",
        "load_in_4bit=True",
        *r.sample(["device_map='auto'", "bnb_4bit_quant_type='nf4'"], r.randint(0, 2)),
    ]
    code = (
        "from transformers import AutoModelForCausalLM\n\n"
        f"model = {call(r, 'AutoModelForCausalLM.from_pretrained', load)}\nprint(model.generate('é', max_new_tokens=10))\n"
    )
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Título \\n\n", "load_in_4bit=True\n"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"id": "x"},
            "outputs": [{"text": ["a\n"]}],
            "source": ["!nvidia-smi"],
        },
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": code.splitlines(keepends=True)},
    ]
    book = {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(book, indent=r.choice([1, 2, None]), ensure_ascii=r.random() < 0.5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, {"pyproject.toml": "", "train.ipynb": text})
        outcome = mended(folder)
        new = outcome.texts[str(folder / "train.ipynb")]
    after = json.loads(new)
    ast.parse("".join(after["cells"][2].pop("source")))
    book["cells"][2].pop("source")  # type: ignore[index]
    assert after == book
    start = text.index("from transformers")
    assert new[:start] == text[:start]
    assert new.endswith(text[text.index("print(model") :])


LLAMAFACTORY = {
    "model_name_or_path": "meta-llama/Meta-Llama-3-8B-Instruct",
    "stage": "sft",
    "do_train": "true",
    "finetuning_type": "lora",
    "dataset": "alpaca_en_demo",
    "template": "llama3",
    "quantization_bit": "8",
    "deepspeed": "z3.json",
}


@given(RANDOM)
@FEW
def test_configurations(r: Random) -> None:
    keys = list(LLAMAFACTORY)
    r.shuffle(keys)
    lines = []
    for key in keys:
        value = LLAMAFACTORY[key]
        value = pick(r, value, value, f'"{value}"') if not value.isdigit() and value != "true" else value
        lines.append(pick(r, "", "", "### x\n", "\n", "# y: 1\n") + f"{key}: {value}{pick(r, '', '  # why')}\n")
    newline = pick(r, "\n", "\r\n")
    text = "".join(lines).replace("\n", newline)
    zero = json.dumps(
        {"bf16": {"enabled": "auto"}, "zero_optimization": {"stage": 3, "stage3_max_live_parameters": 1}},
        indent=r.choice([None, 2]),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(
            folder,
            {
                "pyproject.toml": "",
                "train.yaml": text,
                "z3.json": zero,
                "run.sh": "FORCE_TORCHRUN=1 llamafactory-cli train train.yaml\n",
            },
        )
        before = read(folder)
        outcome = mended(folder)
        assert read(folder) == before
        new = outcome.texts[str(folder / "train.yaml")]
    assert outcome.findings == []
    assert new == text.replace("quantization_bit: 8", "quantization_bit: 4")
