"""Findings as the pipeline would hand them over."""

from __future__ import annotations

import pytest

from qp_lint.diagnostics import Finding, Note, Related, Severity, Suggestion
from qp_lint.report.view import Change, Fix, Place, View, change_of, view
from qp_lint.text import Position, Source, Span

YAML = Source("train.yaml", "model_name_or_path: TheBloke/Llama-2-7B-GPTQ\nfinetuning_type: lora\ndeepspeed: ds_z3.json\n")
JSON = Source("ds_z3.json", '{\n\t"zero_optimization": {\n\t\t"stage": 3\n\t}\n}\n')
SHELL = Source("run.sh", "FORCE_TORCHRUN=1 \\\n  llamafactory-cli train train.yaml\n")


def span(source: Source, text: str) -> Span:
    start = source.text.index(text)
    return source.span(start, start + len(text))


def ptq(**changes: object) -> Finding:
    fields: dict[str, object] = {
        "code": "QP101",
        "name": "ptq-checkpoint-sharded",
        "severity": Severity.ERROR,
        "message": "LLaMA-Factory refuses a GPTQ checkpoint with DeepSpeed ZeRO-3",
        "span": span(YAML, "deepspeed: ds_z3.json"),
        "related": (
            Related(span(SHELL, "llamafactory-cli train train.yaml"), "launched here"),
            Related(span(JSON, '"stage": 3'), "ZeRO-3"),
            Related(span(YAML, "TheBloke/Llama-2-7B-GPTQ"), "GPTQ, by its name"),
        ),
        "run": "run.sh",
        "settings": (("quantization.method", "gptq"), ("parallel.strategy", "zero3")),
        "effect": "refused",
        "fails_at": "model-load",
        "raises": "ValueError: DeepSpeed ZeRO-3 or FSDP is incompatible with PTQ-quantized models.",
        "suggestions": (
            Suggestion("start from the unquantized base model", "Quantize it on load with bitsandbytes in 4 bits; " * 3),
            Suggestion("use ZeRO-2 instead of ZeRO-3"),
        ),
        "versions": ("llamafactory 0.9.5 (newest release known to qp-lint)",),
        "url": "https://example.org/QP101",
    }
    return Finding(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def finding() -> Finding:
    return ptq()


@pytest.fixture
def sample() -> View:
    note = Note("QP903", Severity.WARNING, "not UTF-8: byte 0xe9 on line 3", "old.py", 3)
    return view([ptq()], [ptq(suppressed="known", hidden_by="comment")], [note], files=4, runs=1)


TABBED = Source("конфиг/ds z3.json", '{\n\t"zero": {"имя": "😀", "stage": 3}\n}\n')
SCRIPT = Source("train.py", 'x = "😀"; model = load(\n\t"naïve",\n)\n')


@pytest.fixture
def wide() -> View:
    """Findings over several files: tabs, non-ASCII text and paths, characters that formats must escape, fixes, hidden ones."""
    edit = change_of(span(TABBED, "3"), "2")
    whole_line = change_of(span(TABBED, '\t"zero": {"имя": "😀", "stage": 3}\n'), "")
    created = Change(Place("new dir/ds_z2.json", Position(1, 1), Position(1, 1), ()), "{}\n", new=True)
    fixes = (Fix("use ZeRO-2", "unsafe", (edit,)), Fix("take it out, in two files", "safe", (whole_line, created)))
    found = ptq(
        message="100%: [GPTQ] with\nZeRO-3; naïve, <b>&\x07\u2028",
        span=span(TABBED, '"stage": 3'),
        label="stage = [3]",
        related=(
            Related(span(SHELL, "llamafactory-cli train train.yaml"), "launched here"),
            Related(span(SCRIPT, 'load(\n\t"naïve",\n)'), "the model [of \\this run]"),
        ),
    )
    info = ptq(code="QP102", severity=Severity.INFO, span=span(SCRIPT, "model"), related=(), url="")
    hidden = [
        ptq(suppressed="known", hidden_by="comment"),
        ptq(suppressed="per-file-ignores: old/*", hidden_by="per-file-ignores"),
        ptq(suppressed="in the baseline", hidden_by="baseline"),
    ]
    notes = [
        Note("QP902", Severity.ERROR, "100% wrong: ] expected", "ds, new;.json", 3, 2),
        Note("QP900", Severity.ERROR, "internal error: KeyError", "train.py"),
        Note("QP901", Severity.WARNING, "folder cannot be read", "сек"),
    ]
    return view([found, info], hidden, notes, files=7, runs=2, fixes=lambda finding: fixes if finding is found else ())
