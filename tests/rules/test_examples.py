"""Every rule's examples, as a user would run them: the bad ones are found, the ok ones are not."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qp_lint.diagnostics import Severity
from qp_lint.pipeline import Options, check
from qp_lint.rules.explain import match
from qp_lint.rules.load import load_rules, rule_files, whole

RULES = {rule.code: rule for rule in load_rules(cache=False)}


def examples(kind: str) -> Iterator[Any]:
    for code in RULES:
        for number, example in enumerate(whole(code).get("examples", {}).get(kind, ()), 1):
            yield pytest.param(code, example, id=f"{code}-{kind}{number}")


def run(example: Mapping[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, text in example["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    arguments = list(example.get("args", ()))
    targets = {}
    while "--target" in arguments:
        index = arguments.index("--target")
        package, _, version = arguments[index + 1].partition("==")
        targets[package] = f"=={version}"
        del arguments[index : index + 2]
    assert not arguments, arguments
    return check(["."], Options(targets=targets, rule_cache=False), root=folder)


@pytest.mark.parametrize(("code", "example"), examples("bad"))
def test_bad(code: str, example: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(example, tmp_path, monkeypatch)
    mine = [finding for finding in result.findings if finding.code == code]
    others = [f"{finding.code} {finding.message}" for finding in result.findings if finding.code != code]
    assert mine, f"nothing found; others: {others}; notes: {result.notes}; runs: {[dict(run.settings) for run in result.runs]}"
    places = {f"{place.source.path}:{place.begin.line}" for finding in mine for place in (finding.span.outermost(),)}
    assert set(example.get("expect", ())) <= places, places
    assert all("{" not in finding.message for finding in mine)


@pytest.mark.parametrize(("code", "example"), examples("ok"))
def test_ok(code: str, example: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(example, tmp_path, monkeypatch)
    allowed = set(example.get("allow", ()))
    wrong = [
        f"{finding.code} {finding.message}"
        for finding in result.findings
        if finding.code == code or (finding.severity is Severity.ERROR and finding.code not in allowed)
    ]
    assert not wrong
    assert result.runs, "an ok example must be understood, not skipped"


def pasted(message: str) -> Iterator[str]:
    """An exception as people copy it: from a terminal, from the logs of several launchers, wrapped, coloured, boxed."""
    wrapped = textwrap.wrap(message, 60, break_long_words=False, break_on_hyphens=False)
    yield f"ValueError: {message}"
    yield f'Traceback (most recent call last):\n  File "train.py", line 7, in <module>\n    main()\nRuntimeError: {message}\n'
    yield "".join(f"[rank0]: {line}\n" for line in ("Traceback (most recent call last):", *wrapped))
    yield "".join(f"[default3]:[rank3]: {line}\r\n" for line in wrapped)
    yield "".join(f"1: {line}\n" for line in wrapped)
    yield "".join(f"\x1b[36m(TrainWorker pid=4242, ip=10.0.0.7)\x1b[0m {line}\n" for line in wrapped)
    yield "".join(f"trainer-0  | 2026-11-25T04:39:25.123456789Z {line}\n" for line in wrapped)
    yield "╭──── Traceback ────╮\n" + "".join(f"│ {line:<62} │\n" for line in wrapped) + "╰────╯\n"


@pytest.mark.parametrize("code", RULES)
def test_every_exception_text_is_explained(code: str) -> None:
    for text in RULES[code].texts:
        filled = re.sub(r"\{[^{}]*\}", "bfloat16", text).replace("...", "Linear4bit(in_features=64, out_features=64, bias=False)")
        for paste in pasted(filled):
            assert RULES[code] in match(paste, list(RULES.values())), paste


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            "ValueError: Target module Linear4bit(in_features=4096, out_features=4096, bias=False) is not supported. Currently,",
            "QP264",
        ),
        ("TypeError: Qwen2ForCausalLM.__init__() got an unexpected keyword argument 'load_in_4bit'", "QP222"),
        ("NotImplementedError: Layer-wise galore_adamw_layerwise does not support DDP at this time", "QP309"),
        ("ValueError: Some keys are not used by the HfArgumentParser: ['quantization_bits', 'zero_stage']", "QP145"),
        ("ValueError: DeepSpeed Zero-3 is not compatible with passing", "QP203"),  # cut off by the terminal
        ("ValueError: n_gpu: 3, local_world_size: 2", "QP464"),
        ("E1125 12:00 api.py:874] ParallelismConfig total_size (8) does not match num_processes (4). Please adjust", "QP431"),
    ],
)
def test_a_real_line_finds_its_rule(line: str, code: str) -> None:
    assert code in [rule.code for rule in match(line, list(RULES.values()))]


@pytest.mark.parametrize(
    "text",
    [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB",
        "ImportError: cannot import name 'LlamaFlashAttention2' from 'transformers.models.llama.modeling_llama'",
        "ValueError: The model's quantization config is not valid",
        "",
    ],
)
def test_other_errors_are_not_claimed(text: str) -> None:
    assert match(text, list(RULES.values())) == []


def test_rules_are_complete() -> None:
    assert len(RULES) == len(rule_files())
    for code in RULES:
        data = whole(code)
        if data.get("when"):
            assert data.get("evidence"), code
            assert data.get("examples", {}).get("bad"), code
            assert data.get("examples", {}).get("ok"), code
