"""Names: where they are found, and what those are that nobody defines."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from qp_lint.evaluate.values import Lazy, Scope
from qp_lint.tree import Choice, Node, Reference, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


def look_up(run: Interpreter, name: str, scope: Scope) -> Node:
    """The value of a name in a scope."""
    current: Scope | None = scope if name not in scope.outer else None
    while current is not None:
        if name in current.names and (current is scope or not current.is_class):
            return force(run, current.names, name)
        current = current.parent
    if name in scope.file.names:
        return force(run, scope.file.names, name)
    if name in BUILTINS:
        return Reference(f"builtins.{name}")
    if scope.file.stars:
        return Reference(f"{scope.file.stars[-1]}.{name}")
    return Unknown(hint=name)


def force(run: Interpreter, names: dict[str, Node], name: str) -> Node:
    """A name's value; a name imported from the project is loaded when it is first used."""
    value = names[name]
    if isinstance(value, Choice) and any(isinstance(option, Lazy) for option in value.options):
        options = [option.load() if isinstance(option, Lazy) else option for option in value.options]
        value = names[name] = choice(options, span=value.span, branch=value.branch)
    if isinstance(value, Lazy):
        names[name] = Unknown(hint=name)  # while it loads: a cycle of imports
        value = names[name] = value.load()
    return value
