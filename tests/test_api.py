"""The Python interface."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import qp_lint

BROKEN = {
    "train.py": (
        "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
        'args = TrainingArguments(output_dir="out", deepspeed="ds_z3.json")\n'
        'model = AutoModelForCausalLM.from_pretrained("gpt2", device_map="auto")\n'
        "Trainer(model=model, args=args).train()\n"
    ),
    "run.sh": "deepspeed --num_gpus 4 train.py\n",
    "ds_z3.json": '{"zero_optimization": {"stage": 3}}\n',
    "pyproject.toml": "",
}
STAGE = BROKEN["ds_z3.json"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with findings, the working directory."""
    for name, text in BROKEN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_project_is_checked(project: Path) -> None:
    found = qp_lint.check()
    assert found
    first = found[0]
    assert isinstance(first, qp_lint.Diagnostic)
    assert first.severity is qp_lint.Severity.ERROR
    assert {first.place.path, *(place.path for place in first.related)} == {"train.py", "run.sh", "ds_z3.json"}
    assert qp_lint.check([project / "train.py"]) == found
    assert qp_lint.check(project, ignore=[item.code for item in found]) == []
    assert qp_lint.check(project, ignore=["QP"]) == []


def test_texts_win_over_files(project: Path) -> None:
    sound = STAGE.replace("3", "0")
    assert "QP203" in {item.code for item in qp_lint.check()}
    assert "QP203" not in {item.code for item in qp_lint.check(project, texts={project / "ds_z3.json": sound})}
    assert "QP203" not in {item.code for item in qp_lint.check_source(sound, "ds_z3.json")}
    assert qp_lint.check_source(STAGE, "ds_z3.json") == qp_lint.check()
    launch = "accelerate launch --use_deepspeed --zero_stage 3 train.py\n"
    assert {item.code for item in qp_lint.check_source(launch, "new.sh")} == {"QP203"}  # a file that is not on the disk


def test_the_configuration_counts(project: Path) -> None:
    codes = [item.code for item in qp_lint.check()]
    (project / "pyproject.toml").write_text(f"[tool.qp-lint]\nignore = {codes}\n", encoding="utf-8")
    assert qp_lint.check() == []
    assert [item.code for item in qp_lint.check(config=qp_lint.Config())] == codes
    with pytest.raises(qp_lint.ConfigError, match="unknown rule 'QP9999'"):
        qp_lint.check(select=["QP9999"])
    with pytest.raises(qp_lint.ConfigError, match="targets"):
        qp_lint.check(targets={"transformers": "newest"})


def test_notes_and_suppressed_findings_are_in_the_review(project: Path) -> None:
    hidden = BROKEN["train.py"].replace('auto")', 'auto")  # qp-lint: ignore on purpose')
    whole = qp_lint.review(texts={"train.py": hidden})
    assert isinstance(whole, qp_lint.View)
    assert whole.diagnostics == ()
    assert {item.suppressed for item in whole.suppressed} == {"on purpose"}
    (project / "ds_z3.json").write_text('{"zero_optimization": ', encoding="utf-8")
    assert [(note.code, note.path) for note in qp_lint.review().notes] == [("QP902", "ds_z3.json")]


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, qp_lint; print([name for name in sys.modules if name.startswith('qp_lint.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        getattr(qp_lint, "".join(("che", "kc")))
    assert {"check", "check_source", "Diagnostic", "__version__"} <= set(dir(qp_lint))


def test_using_any_part_leaves_the_functions_in_place() -> None:
    code = "import qp_lint.pipeline, qp_lint.cli.lint, qp_lint; print(callable(qp_lint.check), callable(qp_lint.review))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"


@pytest.mark.parametrize("notebook", [False, True])
def test_a_function_that_cannot_be_read_is_named_where_it_stands(tmp_path: Path, notebook: bool) -> None:
    """CPython takes its nesting, libcst would not: of a notebook the line in its file is told."""
    deep = "(" * 120 + "1" + ")" * 120
    helper = [
        "def helper():\n",
        *(f"    step_{n} = 'prepare the data set'\n" for n in range(8)),
        f"    return {deep}\n",
        "helper()\n",
    ]
    program = [
        "from transformers import AutoModelForCausalLM\n",
        *helper,
        'model = AutoModelForCausalLM.from_pretrained("gpt2")\n',
    ]
    text = "".join(program)
    if notebook:
        cells: list[object] = [{"cell_type": "code", "source": program, "metadata": {}, "outputs": [], "execution_count": None}]
        text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    path = tmp_path / ("train.ipynb" if notebook else "train.py")
    path.write_text(text)
    review = qp_lint.review([tmp_path])
    (note,) = review.notes
    line = next(number for number, line in enumerate(text.splitlines(), 1) if deep in line)
    assert (note.code, note.line) == ("QP902", line)
