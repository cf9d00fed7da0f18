"""Conditions that need code: pure functions of a run, by the name that rules use."""

from __future__ import annotations

from collections.abc import Callable

from qp_lint.rules.truth import Truth
from qp_lint.run import Run


def fsdp_words_clash(run: Run) -> Truth:
    """Whether `fsdp` names `offload` without a sharding strategy, or two of them (transformers before 5.10)."""
    value = run.value("transformers.fsdp")
    if not isinstance(value, str):
        return Truth.UNKNOWN
    words = set(value.split())
    alone = "offload" in words and not words - {"offload"}
    return Truth.TRUE if alone or {"full_shard", "shard_grad_op"} <= words else Truth.FALSE


PREDICATES: dict[str, Callable[[Run], Truth]] = {"fsdp_words_clash": fsdp_words_clash}
