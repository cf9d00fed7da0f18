"""Where a setting is changed: beside what is there, in a sibling, in a copy; and what is not offered."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fix.samples import DEEPSPEED, FOUR_BITS, FSDP, GPTQ, LAUNCH, SHARDED, TRAIN, ZERO_2, ZERO_3, write

from qp_lint.diagnostics import Suggestion
from qp_lint.fix import Fix, Fixer
from qp_lint.fix.edits import Edit, applied, in_file
from qp_lint.fix.places import around
from qp_lint.fix.rounds import texts_of
from qp_lint.frameworks.base import REMOVE, Wanted
from qp_lint.pipeline import Options, check
from qp_lint.text import Host, Source
from qp_lint.tree import Plain

Project = Callable[..., Path]


def fixed(folder: Path, code: str, changes: dict[str, Plain] | None = None, **targets: str) -> dict[str, str]:
    """The files after the first finding of a rule is fixed: by the rule's fix, or by other `changes`.  Empty when it is not."""
    result = check([folder], Options(targets=targets, rule_cache=False, keep_runs=False), root=folder)
    finding = next(finding for finding in result.findings if finding.code == code)
    fixer = Fixer(result)
    if changes is None:
        fixes: list[Fix | None] = [*fixer.fixes_of(finding)]
    else:
        base, same = fixer._near(finding)
        assert same is not None
        suggestion = Suggestion("x", applicability="unsafe", changes=tuple(changes.items()))
        fixes = [fixer._fix(base, dataclasses.replace(same, suggestions=(suggestion,)), suggestion)]
    wanted = [fix for fix in fixes if fix is not None and (changes or "ZeRO-2" in fix.title or fix.applicability == "safe")]
    texts = texts_of(result, wanted[:1])
    return {Path(path).relative_to(folder).as_posix(): text for path, text in texts.items()}


def test_in_place_without_what_only_stage_3_reads(project: Project) -> None:
    assert fixed(project(SHARDED), "QP101") == {DEEPSPEED: ZERO_2}


def test_a_sibling_is_pointed_at(project: Project) -> None:
    sibling = DEEPSPEED.replace("z3", "z2")
    folder = project({**SHARDED, sibling: ZERO_2})
    assert fixed(folder, "QP101") == {"train.yaml": GPTQ.replace("z3", "z2")}


def test_a_sibling_that_is_not_what_its_name_says_is_not(project: Project) -> None:
    folder = project({**SHARDED, DEEPSPEED.replace("z3", "z2"): ZERO_3})
    assert fixed(folder, "QP101") == {DEEPSPEED: ZERO_2}


def test_a_file_that_a_sound_run_shares_is_copied(project: Project) -> None:
    sound = GPTQ.replace("TheBloke/Llama-2-7B-GPTQ", "meta-llama/Llama-2-7b-hf")
    folder = project({**SHARDED, "sound.yaml": sound})
    assert fixed(folder, "QP101") == {"train.yaml": GPTQ.replace("z3", "z2"), DEEPSPEED.replace("z3", "z2"): ZERO_2}
    write(folder, {name: text.replace("ds_z3_config", "ds") for name, text in (("train.yaml", GPTQ), ("sound.yaml", sound))})
    write(folder, {"examples/deepspeed/ds.json": ZERO_3})
    assert fixed(folder, "QP101") == {
        "train.yaml": GPTQ.replace("ds_z3_config", "ds_stage2"),
        "examples/deepspeed/ds_stage2.json": ZERO_2,
    }


def test_a_file_that_another_broken_run_shares_is_not(project: Project) -> None:
    folder = project({**SHARDED, "other.yaml": GPTQ})
    assert fixed(folder, "QP101") == {DEEPSPEED: ZERO_2}


@pytest.mark.parametrize(
    ("launch", "expected"),
    [
        (
            "accelerate launch --use_fsdp --num_processes 2 --mixed_precision bf16 train.py\n",
            "accelerate launch --multi_gpu --num_processes 2 --mixed_precision bf16 train.py\n",
        ),
        (
            "accelerate launch \\\n    --use_fsdp \\\n    --num_processes 2 \\\n"
            "    --fsdp_auto_wrap_policy 'NO_WRAP' \\\n    train.py -x\n",
            "accelerate launch \\\n    --multi_gpu \\\n    --num_processes 2 \\\n    train.py -x\n",
        ),
    ],
)
def test_words_of_a_command(project: Project, launch: str, expected: str) -> None:
    folder = project({"train.py": TRAIN, "run.sh": launch})
    assert fixed(folder, "QP214", {"parallel.strategy": "ddp"}) == {"run.sh": expected}


def test_line_ends_and_comments_stay(project: Project) -> None:
    text = FSDP.replace("FSDP\n", "FSDP # sharded\n") + "# end\nmachine_rank: 0"
    folder = project({"train.py": TRAIN, "fsdp.yaml": text.replace("\n", "\r\n"), "run.sh": LAUNCH})
    expected = (
        "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU # sharded\nmixed_precision: bf16\nnum_processes: 8\n"
    )
    found = fixed(folder, "QP214", {"parallel.strategy": "ddp"})
    assert found == {"fsdp.yaml": (expected + "# end\nmachine_rank: 0").replace("\n", "\r\n")}


def test_arguments_of_a_call(project: Project) -> None:
    text = TRAIN.replace(
        'TrainingArguments("out", bf16=True)',
        'TrainingArguments(\n    "out",\n    fsdp="full_shard",  # shard\n    bf16=True,\n'
        '    fsdp_config={\n        "version": 1,\n    },\n)',
    )
    folder = project({"train.py": text, "run.sh": "torchrun --nproc_per_node $N train.py\n"})
    expected = TRAIN.replace('TrainingArguments("out", bf16=True)', 'TrainingArguments(\n    "out",\n    bf16=True,\n)')
    assert fixed(folder, "QP214", {"parallel.strategy": "ddp"}) == {"train.py": expected}


def test_a_here_document(project: Project) -> None:
    script = "cat > fsdp.yaml <<-EOF\n" + "".join(f"\t{line}\n" for line in FSDP.splitlines()) + "\tEOF\n" + LAUNCH
    folder = project({"train.py": FOUR_BITS, "run.sh": script})
    changes: dict[str, Plain] = {"parallel.fsdp.version": 2, "quantization.storage_dtype": "bfloat16"}
    found = fixed(folder, "QP210", changes)
    assert found["run.sh"] == script.replace("fsdp_version: 1", "fsdp_version: 2")


def test_several_settings_in_one_call(project: Project) -> None:
    folder = project({"train.py": TRAIN, "fsdp.yaml": FSDP, "run.sh": LAUNCH})
    found = fixed(folder, "QP214", {"quantization.bits": 4, "quantization.storage_dtype": "bfloat16"})
    new = "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_storage=torch.bfloat16)"
    assert found == {"train.py": TRAIN.replace("BitsAndBytesConfig(load_in_8bit=True)", new)}


def test_calls_that_are_taken_out(project: Project) -> None:
    alone = TRAIN.replace("model = get", "model = model.half()  # fits\nmodel = get")
    assert fixed(project({"train.py": alone}), "QP258", {"model.cast": None}) == {"train.py": TRAIN}
    behind = TRAIN.replace("bfloat16,\n)", "bfloat16,\n).half()")
    assert fixed(project({"train.py": behind}), "QP258", {"model.cast": None}) == {"train.py": TRAIN}


def test_what_does_not_help_is_not_offered(project: Project) -> None:
    folder = project({"train.py": TRAIN, "fsdp.yaml": FSDP, "run.sh": LAUNCH})
    assert fixed(folder, "QP214", {"parallel.fsdp.version": 2}) == {}, "FSDP2 refuses 8-bit weights as well"
    assert fixed(folder, "QP214", {"quantization.bits": 4}) == {}, "stored as uint8 they cannot be flattened either"
    assert fixed(folder, "QP214", {"model.name": "other"}) == {}


def test_what_is_called_is_no_value(project: Project) -> None:
    loop = (
        "import deepspeed\nfrom transformers import AutoModelForCausalLM\n\n"
        "model = AutoModelForCausalLM.from_pretrained('meta-llama/Llama-3.1-70B')\n"
        "engine, _, loader, _ = deepspeed.initialize(model=model, config='z3.json', training_data=[])\n"
        "for batch in loader:\n    engine.backward(engine(**batch).loss)\n    engine.step()\n"
    )
    folder = project(
        {"train.py": loop, "z3.json": ZERO_3.replace('"auto"', "true"), "run.sh": "deepspeed --num_gpus 8 train.py\n"}
    )
    assert fixed(folder, "QP208", {"model.loaded_before_zero3": False}) == {}


def test_what_nobody_can_read_is_not_offered(project: Project) -> None:
    folder = project({"train.py": TRAIN, "run.sh": "accelerate launch $FLAGS --use_fsdp --num_processes 2 train.py\n"})
    result = check([folder], Options(rule_cache=False), root=folder)
    assert all(not Fixer(result).fixes_of(finding) or finding.certain for finding in result.findings)


NOTEBOOK = """\
{
 "cells": [
  {
   "cell_type": "code",
   "source": [
    "a = f(\\n",
    "    x=\\"ü\\",\\n",
    ")\\n"
   ],
   "outputs": []
  }
 ]
}
"""
CELL = 'a = f(\n    x="ü",\n)\n'


def cell() -> Source:
    """The cell as a source of its own."""
    starts, targets, at = [], [], NOTEBOOK.index('"a = ') + 1
    for offset in range(len(CELL)):
        if NOTEBOOK[at] == '"':  # the end of a line's string
            at = NOTEBOOK.index('"', at + 1) + 1
        starts.append(offset)
        targets.append(at)
        at += 2 if NOTEBOOK[at] == "\\" else 1
    return Source("a.ipynb", CELL, host=Host(Source("a.ipynb", NOTEBOOK), tuple(starts), tuple(targets)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"ü"', '"ö"'),
        ('"ü",\n', '"ü",\n    y=1,\n'),
        ("a = f(\n", "import b\na = f(\n"),
        (CELL, "a = f()\n"),
    ],
)
def test_cells_of_notebooks(old: str, new: str) -> None:
    source = cell()
    start = CELL.index(old)
    edit = Edit(source.span(start, start + len(old)), new)
    if new.startswith(old):  # an insertion behind it
        edit = Edit(source.span(start + len(old), start + len(old)), new[len(old) :])
    edits = in_file(edit)
    assert edits is not None
    text = applied(NOTEBOOK, edits)
    assert "".join(json.loads(text)["cells"][0]["source"]) == CELL.replace(old, new)
    assert text[: NOTEBOOK.index('"a = ')] == NOTEBOOK[: NOTEBOOK.index('"a = ')]
    assert text.endswith(NOTEBOOK[NOTEBOOK.index("\n   ],") :])


TOML = """\
# top
title = "x"

[training]
steps = 10 # many
name = 'a'

[training.deep]
b = true

[[opt]]
c = {x = 1, y = 2}
"""


@pytest.mark.parametrize(
    ("key", "changes", "old", "new"),
    [
        ("steps", {"steps": 5}, "steps = 10", "steps = 5"),
        ("name", {"name": "b"}, "name = 'a'", "name = 'b'"),
        ("steps", {"steps": REMOVE}, "steps = 10 # many\n", ""),
        ("b = true", {"b": False, "word": "z"}, "b = true\n", 'b = false\nword = "z"\n'),
        ("y =", {"y": REMOVE}, "{x = 1, y = 2}", "{x = 1}"),
        ("title", {"title": "new"}, '"x"', '"new"'),
        ("x = 1", {"q": True}, "x = 1", "x = 1, q = true"),
    ],
)
def test_toml(key: str, changes: dict[str, Wanted], old: str, new: str) -> None:
    source = Source("a.toml", TOML)
    start = TOML.index(key)
    edits = around(source.span(start, start + len(key)))[0].changed(changes, start)
    assert edits is not None
    assert applied(TOML, edits) == TOML.replace(old, new)


def test_a_notebook_changes_in_one_cell(project: Project) -> None:
    (source,) = (Path(__file__).parents[1] / "projects").glob("*/notebook-launcher/finetune.ipynb")
    old = source.read_text(encoding="utf-8")
    folder = project({"finetune.ipynb": old})
    result = check([folder], Options(rule_cache=False), root=folder)
    fixes = [fix for finding in result.findings for fix in Fixer(result).fixes_of(finding)]
    assert fixes
    for text in (texts_of(result, [fix])[str(folder / "finetune.ipynb")] for fix in fixes):
        assert json.loads(text)["cells"]
        assert sum(one != other for one, other in zip(old.splitlines(), text.splitlines(), strict=True)) == 1


CHECKPOINT = json.dumps({"_name_or_path": "meta-llama/Llama-2-7b-hf", "quantization_config": {"quant_method": "gptq", "bits": 4}})
AXOLOTL = "datasets:\n  - path: x\n    type: alpaca\nbf16: true\nmicro_batch_size: 1\ndeepspeed: zero3.json\n"
ON_THE_FLY: dict[str, Plain] = {"model.name": "meta-llama/Llama-2-7b-hf", "quantization.origin": "on-load"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "train.yaml",
            f"base_model: ./gptq  # small\ngptq: true\nadapter: lora\n{AXOLOTL}",
            f"base_model: meta-llama/Llama-2-7b-hf  # small\nload_in_4bit: true\nadapter: qlora\n{AXOLOTL}",
        ),
        (
            "run.sh",
            "NPROC_PER_NODE=2 swift sft \\\n  --model './gptq' \\\n  --tuner_type lora --dataset x --deepspeed zero3\n",
            "NPROC_PER_NODE=2 swift sft \\\n  --model 'meta-llama/Llama-2-7b-hf' \\\n  --quant_method bnb \\\n"
            "  --quant_bits 4 \\\n  --tuner_type lora --dataset x --deepspeed zero3\n",
        ),
        (
            "run.sh",
            "trl sft --model_name_or_path gptq --use_peft --dataset_name x --accelerate_config zero3\n",
            "trl sft --model_name_or_path meta-llama/Llama-2-7b-hf --load_in_4bit --use_peft --dataset_name x"
            " --accelerate_config zero3\n",
        ),
    ],
)
def test_a_checkpoint_gives_way_to_its_base(project: Project, name: str, text: str, expected: str) -> None:
    folder = project({name: text, "gptq/config.json": CHECKPOINT, "zero3.json": ZERO_3})
    assert fixed(folder, "QP200", ON_THE_FLY) == {name: expected}


def test_a_checkpoint_that_a_variable_names_gives_way_to_its_base(project: Project) -> None:
    text = FOUR_BITS.replace("    quantization_config=BitsAndBytesConfig(load_in_4bit=True),\n", "")
    text = text.replace('    "mistralai/Mistral-7B-v0.3",\n', "    MODEL,\n").replace(
        "import torch\n", 'import torch\n\nMODEL = "gptq"\n'
    )
    folder = project({"train.py": text, "run.sh": LAUNCH, "fsdp.yaml": FSDP, "gptq/config.json": CHECKPOINT})
    config = (
        'BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16, '
        "bnb_4bit_quant_storage=torch.bfloat16)"
    )
    expected = text.replace('"gptq"', '"meta-llama/Llama-2-7b-hf"').replace(
        "    torch_dtype=torch.bfloat16,\n", f"    torch_dtype=torch.bfloat16,\n    quantization_config={config},\n"
    )
    assert fixed(folder, "QP200", ON_THE_FLY) == {"train.py": expected}
