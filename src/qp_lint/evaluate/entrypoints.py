"""Models of what calls a function or class of the project: tyro, launchers of processes.

tyro (_cli.py, conf): every field is a flag, `--model.name`, switches have a `no-` twin.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call, record
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words
from qp_lint.evaluate.signatures import Parameter, converter, keywords_of, options_of
from qp_lint.evaluate.values import Bound, Class, Function
from qp_lint.evaluate.words import Option
from qp_lint.tree import Node, Sequence, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _tyro(run: Interpreter, arguments: Arguments) -> Node | None:
    """`tyro.cli(function or class, args=…, default=…)`."""
    target = arguments.get(0, "f")
    if not isinstance(target, (Function, Class)):
        return None
    given = launch_words(run, arguments.get(-1, "args"))
    options = options_of(run, target, _tyro_option)
    line = words.read(options, given or [], lenient=True)
    free = [word for word in line.rest if not words.is_flag_node(word)]  # a subcommand chooses the type of a field
    open_ = given is None or line.open or bool(free)
    start = arguments.get(-1, "default")
    keywords = keywords_of(run, target, line.values, arguments, open=open_, given=start)
    return call(run, target, dataclasses.replace(arguments, args=(), keywords=keywords))


def _tyro_option(name: str, parameter: Parameter) -> Option:
    if "bool" in parameter.kinds and parameter.default is not None:
        inner, _, last = name.rpartition(".")
        off = (f"--{inner}.no-{last}" if inner else f"--no-{last}", f"--no-{name}")
        return Option(name, (f"--{name}", *off), "boolean", convert=words.as_boolean, span=parameter.span, off=off)
    many = "*" if parameter.kinds & {"list", "List", "tuple", "Tuple", "Sequence"} else None
    return Option(name, (f"--{name}",), convert=converter(parameter.kinds), values=many, span=parameter.span)


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


MODELS: dict[str, Model] = {
    "tyro.cli": _tyro,
    "accelerate.notebook_launcher": _processes(0),
    "accelerate.launchers.notebook_launcher": _processes(0),
    "accelerate.debug_launcher": _processes(0),
    "torch.multiprocessing.spawn": _processes(1),
    "torch.multiprocessing.start_processes": _processes(1),
}
