"""absl: `flags.DEFINE_…`, `FLAGS.name`, `app.run(main)` (absl/flags/_defines.py, _flag.py)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.values import Function, Instance
from qp_lint.evaluate.words import Option
from qp_lint.tree import Node, Scalar, Sequence, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _define(run: Interpreter, arguments: Arguments, kind: str) -> Node:
    """A flag: its value goes to FLAGS, and to the holder that is given back."""
    name = arguments.get(0, "name")
    if not isinstance(name, Scalar):
        return Unknown(span=arguments.span)
    text = str(name.value)
    option = Option(text, (f"--{text}", f"-{text}"), convert=_CONVERT.get(kind), default=arguments.get(1, "default"))
    option.span = name.span
    if kind == "bool":
        option.action, option.off = "boolean", (f"--no{text}", f"-no{text}")
        option.flags += option.off
    if kind == "enum" and isinstance(allowed := arguments.get(2, "enum_values"), Sequence) and not allowed.open:
        option.choices = allowed.items
    line = words.read([option], run.arguments or [], lenient=False, exact=True)
    known = run.arguments is not None and not line.open and not _from_file(run.arguments)
    value = line.values[text] if text in line.values else option.missing(known)
    if kind in ("list", "multi"):
        value = value if isinstance(value, Sequence) else Sequence((), True, span=name.span)
    run.state.put(run.flags.attributes, text, value)
    return Instance(None, {"value": value, "name": name}, span=arguments.span)


def _from_file(given: list[Node]) -> bool:
    """Whether `--flagfile` brings in further flags."""
    return any(isinstance(word, Scalar) and str(word.value).lstrip("-").startswith("flagfile") for word in given)


_CONVERT: dict[str, Callable[[Node], Node]] = {
    "bool": words.as_boolean,
    "integer": functools.partial(words.as_number, kind=int),
    "float": functools.partial(words.as_number, kind=float),
}
_KINDS = {
    **{"bool": "bool", "boolean": "bool", "integer": "integer", "float": "float", "string": "string", "enum": "enum"},
    **{"list": "list", "spaceseplist": "list", "multi_string": "multi", "multi_integer": "multi", "multi_float": "multi"},
}


def _application(run: Interpreter, arguments: Arguments) -> Node | None:
    """`absl.app.run(main)`."""
    function = arguments.get(0, "main")
    if not isinstance(function, Function):
        return None
    return call(run, function, Arguments((Unknown(hint="argv"),), span=arguments.span, scope=arguments.scope))


MODELS: dict[str, Model] = {
    "absl.app.run": _application,
    **{f"absl.flags.DEFINE_{name}": functools.partial(_define, kind=kind) for name, kind in _KINDS.items()},
}
