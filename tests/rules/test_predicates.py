"""Conditions that need code."""

from __future__ import annotations

import pytest

from qp_lint.rules.predicates import PREDICATES
from qp_lint.rules.truth import Truth
from qp_lint.run import Run
from qp_lint.settings import Setting
from qp_lint.tree import Plain
from qp_lint.versions import Versions


def run(**settings: Plain) -> Run:
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return Run(("run",), {name: Setting(name, (value,), True) for name, value in named.items()}, (), Versions())


@pytest.mark.parametrize(
    ("words", "clash"),
    [
        ("offload", Truth.TRUE),
        ("full_shard auto_wrap shard_grad_op", Truth.TRUE),
        ("full_shard offload", Truth.FALSE),
        ("auto_wrap", Truth.FALSE),
        ("on", Truth.FALSE),
    ],
)
def test_fsdp_words_clash(words: str, clash: Truth) -> None:
    assert PREDICATES["fsdp_words_clash"](run(transformers__fsdp=words)) is clash


def test_unknown_words_do_not_clash() -> None:
    assert PREDICATES["fsdp_words_clash"](run()) is Truth.UNKNOWN
