"""Findings as the pipeline would hand them over."""

from __future__ import annotations

import pytest

from qp_lint.diagnostics import Finding, Note, Related, Severity, Suggestion
from qp_lint.report.view import View, view
from qp_lint.text import Source, Span

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
    return view([ptq()], [ptq(suppressed="known")], [note], files=4, runs=1)
