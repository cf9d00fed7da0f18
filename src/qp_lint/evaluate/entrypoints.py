"""Models of what calls a function of the project: command lines made from a function, launchers of processes."""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call, record
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.values import Bound, Class, Function
from qp_lint.evaluate.words import Option
from qp_lint.tree import Entry, Node, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _fire(run: Interpreter, arguments: Arguments) -> Node | None:
    """`fire.Fire(function)`: every parameter is an option, its words are Python literals where they can be."""
    function = arguments.get(0, "component")
    return _command_line(run, function, arguments) if isinstance(function, Function) else None


def _run(run: Interpreter, arguments: Arguments) -> Node | None:
    """`typer.run(function)`, `tyro.cli(function or class)`, `jsonargparse.CLI(function)`."""
    target = arguments.get(0)
    return _command_line(run, target, arguments) if isinstance(target, (Function, Class)) else None


def _command_line(run: Interpreter, target: Function | Class, arguments: Arguments) -> Node:
    """Call a function or data class with the launch words; without a launch each default is one possible value."""
    given = run.arguments
    names, defaults = _parameters(target)
    options = [Option(name, (f"--{name}",), convert=_literal) for name in names]
    line = words.read(options, given or [], lenient=True)
    keywords = {name: Entry(value, value.span) for name, value in line.values.items()}
    open_ = given is None or line.open
    positional = tuple(_literal(word) for word in line.rest if not (isinstance(word, Scalar) and words.is_flag(str(word.value))))
    if open_:
        for name in names:
            default = defaults.get(name)
            value = Unknown(hint=name) if default is None else choice([default, Unknown(hint=name)])
            keywords.setdefault(name, Entry(value))
        positional = ()
    return call(run, target, dataclasses.replace(arguments, args=positional, keywords=keywords))


def _parameters(target: Function | Class) -> tuple[list[str], dict[str, Node]]:
    """The names that can be given, and their defaults."""
    if isinstance(target, Class):
        fields = target.fields()
        return list(fields), {name: field.default for name, field in fields.items() if field.default is not None}
    parameters = target.node.params
    names = [item.name.value for item in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)]
    return names, target.defaults


def _literal(word: Node) -> Node:
    """A word as a Python literal (`5`, `True`), else its text."""
    if not isinstance(word, Scalar) or not isinstance(word.value, str) or len(word.value) > 300:
        return word
    try:
        value = ast.literal_eval(word.value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return word
    return dataclasses.replace(word, value=value) if isinstance(value, (str, int, float, bool, type(None))) else word


def _processes(first: int) -> Model:
    """A launcher that calls a function in several processes; `first` arguments (a rank) are its own."""

    def model(run: Interpreter, arguments: Arguments) -> Node | None:
        function = arguments.get(0, "fn") or arguments.get(0, "function")
        if not isinstance(function, (Function, Bound)):
            return None
        launch = record(run, arguments.name or "", arguments)
        given = arguments.get(1, "args")
        args = given.items if isinstance(given, Sequence) else ()
        known = given is None or isinstance(given, Sequence)
        ranks = tuple(Unknown(hint="rank") for _ in range(first))
        call(run, function, dataclasses.replace(arguments, args=(*ranks, *args), keywords={}, open=not known))
        return launch

    return model


def _application(run: Interpreter, arguments: Arguments) -> Node | None:
    """`absl.app.run(main)`."""
    function = arguments.get(0, "main")
    if not isinstance(function, Function):
        return None
    return call(run, function, dataclasses.replace(arguments, args=(Unknown(hint="argv"),), keywords={}))


MODELS: dict[str, Model] = {
    "fire.Fire": _fire,
    "typer.run": _run,
    "tyro.cli": _run,
    "jsonargparse.CLI": _run,
    "absl.app.run": _application,
    "accelerate.notebook_launcher": _processes(0),
    "accelerate.launchers.notebook_launcher": _processes(0),
    "accelerate.debug_launcher": _processes(0),
    "torch.multiprocessing.spawn": _processes(1),
    "torch.multiprocessing.start_processes": _processes(1),
}
