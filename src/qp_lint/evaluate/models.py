"""Which functions of the standard library, of argument parsers and of TRL the evaluator models."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from qp_lint.evaluate.calls import Arguments
from qp_lint.tree import Node

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

Model: TypeAlias = "Callable[[Interpreter, Arguments], Node | None]"
"""What a call gives; None when this call of it is not modelled."""


@functools.cache
def _models() -> dict[str, Model]:
    from qp_lint.evaluate import builtin, datafiles, entrypoints, environment, hydra, imports, parsers, standard, trl

    rooms = (builtin, standard, environment, datafiles, imports, parsers, entrypoints, hydra, trl)
    return {name: model for room in rooms for name, model in room.MODELS.items()}


def model_of(name: str) -> Model | None:
    """The model of a function by its dotted name."""
    return _models().get(name)
