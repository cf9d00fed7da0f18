"""Files that no well-meaning person wrote: one note each, everything else is linted, no traceback, no hanging."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qp_lint
from qp_lint.cli import run

DEPTH = 10_000
TRAIN = """\
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

args = TrainingArguments("out", deepspeed="zero3.json")
model = AutoModelForCausalLM.from_pretrained("gpt2", device_map="auto")
Trainer(model, args, train_dataset=[]).train()
"""
ZERO3 = '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": 1}\n'
LAUNCH = "accelerate launch --config_file {} other.py\n"
OTHER = TRAIN.replace("zero3.json", "{}").replace(', device_map="auto"', "")


def bomb() -> str:
    """YAML whose aliases expand to 10^12 scalars, as an accelerate configuration."""
    lines = ["distributed_type: FSDP", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    return "\n".join([*lines, "fsdp_config: *a11", ""])


def merge_bomb() -> str:
    """The same with merge keys."""
    lines = ["distributed_type: FSDP", "m0: &m0 {k0: 1, k1: 1, k2: 1}"]
    lines += [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 10)}], n{i}: 1}}" for i in range(1, 12)]
    return "\n".join([*lines, "fsdp_config: {<<: *m11}", ""])


def deep(opening: str, closing: str) -> str:
    return opening * DEPTH + closing * DEPTH


@dataclass(frozen=True)
class Case:
    """A hostile file, the file that makes a run need it (if any), and the note it should give: code and line (0: none)."""

    name: str
    content: bytes
    code: str
    line: int = 0
    beside: tuple[str, str] = ("", "")


def case(name: str, content: str | bytes, code: str, line: int = 0, beside: tuple[str, str] = ("", "")) -> Case:
    return Case(name, content.encode() if isinstance(content, str) else content, code, line, beside)


PYTHON = "from transformers import Trainer\nTrainer().train()\n"
ACCELERATE = ("run.sh", LAUNCH.format("hostile.yaml"))
DEEPSPEED = ("other.py", OTHER.format("hostile.json"))

CASES = {
    "python not utf-8": case("hostile.py", PYTHON.encode() + b"# \xe9\n", "QP903", 3),
    "python of unknown encoding": case("hostile.py", "# coding: rot13\n" + PYTHON, "QP903", 1),
    "python utf-16": case("hostile.py", PYTHON.encode("utf-16"), "QP905"),
    "python binary": case("hostile.py", PYTHON.encode() + b"\0", "QP905", 3),
    "python syntax": case("hostile.py", PYTHON + "def f(:\n", "QP902", 3),
    "python unclosed": case("hostile.py", PYTHON + "x = (1,\n", "QP902", 3),
    "python null bytes only": case("hostile.py", b"\0" * 100, "QP905", 1),
    "python deep brackets": case("hostile.py", PYTHON + "x = " + deep("(", ")") + "\n", "QP902"),
    "python deep unary": case("hostile.py", PYTHON + "x = " + "-" * DEPTH + "1\n", "QP902"),
    "python deep attributes": case("hostile.py", PYTHON + "x = a" + ".b" * DEPTH + "\n", "QP902"),
    "python long sum": case("hostile.py", PYTHON + "x = 1" + " + 1" * DEPTH + "\n", "QP902"),
    "yaml not utf-8": case("hostile.yaml", b"distributed_type: FSDP\n# \xff\n", "QP903", 2, ACCELERATE),
    "yaml syntax": case("hostile.yaml", "distributed_type: FSDP\n  fsdp_config: {\n", "QP902", 2, ACCELERATE),
    "yaml deep flow": case("hostile.yaml", "distributed_type: FSDP\nx: " + deep("[", "]") + "\n", "QP902", 2, ACCELERATE),
    "yaml deep block": case("hostile.yaml", "distributed_type: FSDP\n" + "- " * DEPTH + "1\n", "QP902", 2, ACCELERATE),
    "json syntax": case("hostile.json", '{"zero_optimization":\n  {"stage": 3,}}\n', "QP902", 2, DEEPSPEED),
    "json cut off": case("hostile.json", '{"zero_optimization": {"stage": 3', "QP902", 1, DEEPSPEED),
    "json deep": case("hostile.json", '{"zero_optimization": ' + deep("[", "]") + "}", "QP902", 1, DEEPSPEED),
    "json not utf-8": case("hostile.json", b'{"zero_optimization": "\xe9"}', "QP903", 1, DEEPSPEED),
    "notebook syntax": case("hostile.ipynb", '{"cells": [\n{"cell_type": Trainer}]}', "QP902", 2),
    "notebook deep": case("hostile.ipynb", '{"cells": "Trainer", "x": ' + deep("[", "]") + "}", "QP902", 1),
    "notebook not utf-8": case("hostile.ipynb", b'{"cells": "Trainer.train \xe9"}', "QP903", 1),
    "workflow syntax": case(".github/workflows/x.yml", "jobs: {\n- run: deepspeed train.py\n", "QP902", 2),
    "kubernetes deep": case("k8s.yaml", "apiVersion: v1\nkind: Job\ncommand: " + deep("[", "]"), "QP902", 3),
    "tasks not utf-8": case("pyproject.toml", b"[tool.poe.tasks]\ntrain = 'deepspeed \xff'\n", "QP903", 2),
    "tasks syntax": case("pixi.toml", "[tasks]\ntrain = deepspeed\n", "QP902", 2),
    "makefile not utf-8": case("Makefile", b"train:\n\tdeepspeed \xff\n", "QP903", 2),
    "dockerfile binary": case("Dockerfile", b"FROM x\nCMD deepspeed \0\n", "QP905", 2),
    "shell unclosed quote": case("hostile.sh", 'accelerate launch train.py "x\n', "QP902", 1),
    "shell not utf-8": case("hostile.sh", b"accelerate launch train.py\n# \xe9\n", "QP903", 2),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding, as the working directory."""
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "zero3.json").write_text(ZERO3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Report = Callable[..., dict[str, Any]]


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Report:
    """The JSON report of the working directory; asserts that nothing went wrong inside."""

    def report(*arguments: str) -> dict[str, Any]:
        code = run(["--no-cache", "--isolated", "--output-format", "json", *(arguments or (".",))])
        captured = capsys.readouterr()
        assert captured.err == ""
        found: dict[str, Any] = json.loads(captured.out)
        assert code == 1
        assert not [note for note in found["notes"] if note["code"] == "QP900"]
        return found

    return report


def neighbours_are_linted(found: dict[str, Any]) -> bool:
    """Whether the finding of the sound files is there."""
    return any(d["path"] == "train.py" and d["severity"] == "error" for d in found["diagnostics"])


@pytest.mark.parametrize("hostile", CASES.values(), ids=CASES.keys())
def test_a_bad_file_gives_one_note(hostile: Case, project: Path, report: Report) -> None:
    (project / hostile.name).parent.mkdir(parents=True, exist_ok=True)
    (project / hostile.name).write_bytes(hostile.content)
    if hostile.beside[0]:
        (project / hostile.beside[0]).write_text(hostile.beside[1])
        (project / "other.py").write_text(OTHER.format("hostile.json" if hostile.name.endswith("json") else ""))
    found = report()
    assert neighbours_are_linted(found)
    notes = [(note["code"], note["line"] or 0) for note in found["notes"]]
    assert [code for code, _ in notes] == [hostile.code]
    assert found["notes"][0]["path"] == hostile.name
    if hostile.line:
        assert notes[0][1] == hostile.line


@pytest.mark.parametrize("content", [bomb(), merge_bomb()], ids=["aliases", "merge keys"])
def test_an_alias_bomb_costs_nothing(content: str, project: Path, report: Report) -> None:
    (project / "hostile.yaml").write_text(content)
    (project / "other.py").write_text(OTHER.format(""))
    (project / "run.sh").write_text(ACCELERATE[1])
    found = report()
    assert neighbours_are_linted(found)
    assert len(found["notes"]) <= 1


def lines(text: str, count: int, first: int = 0) -> str:
    """A line for each number, in the place of `N`; `M` is the one before."""
    return "".join(text.replace("N", str(number)).replace("M", str(number - 1)) for number in range(first, count))


MATRIX = ", ".join(f"k{i}: {list(range(15))}" for i in range(20))
STEP = " ".join(f"${{{{ matrix.k{i} }}}}" for i in range(20))
CELL = {"cell_type": "code", "source": "%cd x\n!deepspeed {a} t.py\nprint(Trainer)"}
BOMBS = {
    "make variables": ("Makefile", "a0 = xxxxxxxxxx\n" + lines(f"aN = {'$(aM)' * 10}\n", 30, 1) + "t:\n\tdeepspeed $(a29)\n"),
    "make cycle": ("Makefile", "A = $(B)\nB = $(A) $(A)\nt:\n\tdeepspeed $(A) t.py\n"),
    "make line": ("Makefile", "t:\n" + "\techo $(x) \\\n" * 20_000 + "\n"),
    "just": ("justfile", "t:\n" + "    deepspeed {{x}} \\\n" * 20_000),
    "docker stages": ("Dockerfile", lines("FROM aM AS aN\nENV XN=$XM$XM\nCMD deepspeed $XN\n", 300)),
    "workflow matrix": (
        ".github/workflows/w.yml",
        f"jobs: {{j: {{strategy: {{matrix: {{{MATRIX}}}}}, steps: [{{run: 'deepspeed {STEP}'}}]}}}}",
    ),
    "sourcing": ("run.sh", ". ./run.sh\n. other.sh\n" * 500 + "deepspeed t.py\n"),
    "cells": ("n.ipynb", json.dumps({"cells": [CELL] * 600})),
    "conditions": (
        "run.sh",
        lines("for xN in 1 2 3; do\nif [ $xN = 1 ]; then A=$A$xN; fi\n", 12) + "deepspeed $A\n" + "done\n" * 12,
    ),
}


@pytest.mark.parametrize(("name", "text"), BOMBS.values(), ids=BOMBS.keys())
def test_launch_files_that_blow_up_cost_little(name: str, text: str, project: Path, report: Report) -> None:
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text(text)
    if name == "run.sh":
        (project / "other.sh").write_text(text)
    started = time.process_time()
    assert neighbours_are_linted(report())
    assert time.process_time() - started < 10


def test_a_huge_file_is_not_read(project: Path, report: Report) -> None:
    for name in ("data.json", "hostile.py"):
        with open(project / name, "wb") as file:
            file.write(b"from transformers import Trainer\n")
            file.truncate(200 * 1024 * 1024)  # sparse: takes no room on the disk
    (project / "other.py").write_text(OTHER.format("data.json"))
    found = report()
    assert neighbours_are_linted(found)
    assert {(note["code"], note["path"]) for note in found["notes"]} == {("QP904", "data.json"), ("QP904", "hostile.py")}


def test_loops_of_links(project: Path, report: Report) -> None:
    (project / "a.py").symlink_to("b.py")
    (project / "b.py").symlink_to("a.py")
    (project / "here").symlink_to(".", target_is_directory=True)
    (project / "up").symlink_to("..", target_is_directory=True)
    (project / "gone.py").symlink_to("nowhere.py")
    found = report()
    assert neighbours_are_linted(found)
    assert sorted((note["code"], note["path"]) for note in found["notes"]) == [("QP901", "a.py"), ("QP901", "b.py")]
    assert len({d["fingerprint"] for d in found["diagnostics"]}) == len(found["diagnostics"])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable(project: Path, report: Report) -> None:
    (project / "closed").mkdir(mode=0)
    (project / "hostile.py").write_text(PYTHON)
    (project / "hostile.py").chmod(0)
    try:
        found = report()
    finally:
        (project / "closed").chmod(0o700)
    assert neighbours_are_linted(found)
    assert {(note["code"], note["path"]) for note in found["notes"]} == {("QP901", "closed"), ("QP901", "hostile.py")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(project: Path, report: Report) -> None:
    os.mkfifo(project / "pipe.py")
    assert neighbours_are_linted(report())
    found = report("pipe.py", "train.py")
    assert neighbours_are_linted(found)
    assert [(note["code"], note["path"]) for note in found["notes"]] == [("QP901", "pipe.py")]


def test_a_configuration_that_a_run_needs_is_an_error(project: Path, report: Report) -> None:
    (project / "hostile.yaml").write_text("distributed_type: [\n")
    (project / "other.py").write_text(OTHER.format(""))
    (project / "run.sh").write_text(ACCELERATE[1])
    assert [note["severity"] for note in report()["notes"]] == ["error"]


def test_odd_names(project: Path, report: Report) -> None:
    for name in ("new\nline.py", "\x1b[31mred.py", "-x.py", "ünïcode 模型.py", "a'b\"c.sh"):
        (project / name).write_text(PYTHON if name.endswith("py") else "python train.py\n")
    (project / os.fsdecode(b"caf\xe9.py")).write_text(PYTHON)
    assert neighbours_are_linted(report())


def test_no_traceback_and_little_memory_in_a_process_of_its_own(project: Path) -> None:
    """All of them at once, with the address space held to 1 GB."""
    for number, hostile in enumerate(CASES.values()):
        place = project / str(number) / hostile.name
        place.parent.mkdir(parents=True)
        place.write_bytes(hostile.content)
    (project / "hostile.yaml").write_text(bomb())
    (project / "other.py").write_text(OTHER.format(""))
    (project / "run.sh").write_text(ACCELERATE[1])
    program = "from qp_lint.__main__ import main; main()"
    if os.name == "posix":
        program = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); {program}"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache", "--output-format", "concise"],
        env={**os.environ, "PYTHONPATH": str(Path(qp_lint.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == ""
    assert "train.py:4" in done.stdout
