"""Argument parsers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.models import Model
from qp_lint.tree import Node, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


@dataclass(frozen=True, slots=True, eq=False)
class Parser(Node):
    """x."""

    options: list[Node] = field(default_factory=list)


def call_parser(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    """x."""
    return Unknown()


MODELS: dict[str, Model] = {}
