"""Conditions that need code: pure functions of a run, by the name that rules use."""

from __future__ import annotations

from collections.abc import Callable

from qp_lint.rules.truth import Truth
from qp_lint.run import Run

PREDICATES: dict[str, Callable[[Run], Truth]] = {}
