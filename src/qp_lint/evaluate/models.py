"""Which functions of the standard library, of argument parsers and of TRL the evaluator models."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from qp_lint.evaluate.calls import Arguments
from qp_lint.tree import Node

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

Model: TypeAlias = "Callable[[Interpreter, Arguments], Node | None]"
"""What a call gives; None when this call of it is not modelled."""


ROOMS = (
    *("builtin", "iterators", "containers", "standard", "environment", "datafiles", "imports", "parsers", "entrypoints"),
    *("commands", "fire", "flags", "hydra", "jsonargparse", "structured", "trl", "written"),
)


@functools.cache
def _models() -> dict[str, Model]:
    rooms = [importlib.import_module(f"qp_lint.evaluate.{name}") for name in ROOMS]
    return {name: model for room in rooms for name, model in room.MODELS.items()}


def model_of(name: str) -> Model | None:
    """The model of a function by its dotted name."""
    return _models().get(name)
