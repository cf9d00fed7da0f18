"""Models of what calls a function or class of the project: tyro, launchers of processes.

tyro (_cli.py, conf): every field is a flag, `--model.name`, switches have a `no-` twin.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call, record
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words
from qp_lint.evaluate.signatures import (
    Parameter,
    command_of,
    command_word,
    convert_to,
    keywords_of,
    options_of,
    parameters_of,
)
from qp_lint.evaluate.truth import truth
from qp_lint.evaluate.values import Bound, Class, Either, Function
from qp_lint.evaluate.words import Option
from qp_lint.tree import Mapping, Node, Reference, Scalar, Sequence, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _tyro(run: Interpreter, arguments: Arguments) -> Node | None:
    """`tyro.cli(function, class or several, args=…, default=…)`; of several the first word names one."""
    target = arguments.get(0, "f")
    given = launch_words(run, arguments.get(-1, "args"))
    if isinstance(target, (Function, Class)):
        return _filled(run, target, given, arguments)
    if not isinstance(target, Either):
        return None
    named = {option.name: option for option in target.options if isinstance(option, (Function, Class))}
    return _commands(run, named, given, arguments) if len(named) == len(target.options) else None


def _tyro_dict(run: Interpreter, arguments: Arguments) -> Node | None:
    """`tyro.extras.subcommand_cli_from_dict({"name": function})`."""
    tree = arguments.get(0, "subcommands")
    entries = tree.entries.items() if isinstance(tree, Mapping) and not tree.open else ()
    named = {name: entry.value for name, entry in entries if isinstance(entry.value, (Function, Class))}
    given = launch_words(run, arguments.get(-1, "args"))
    return _commands(run, named, given, arguments) if named and len(named) == len(entries) else None


def _commands(run: Interpreter, named: dict[str, Function | Class], given: list[Node] | None, arguments: Arguments) -> Node:
    name, rest = command_word(given) if given is not None else (None, None)
    bodies: dict[str, Callable[[], Node]] = {}
    for key, target in named.items():
        bodies[_CAPITAL.sub("-", key).lower()] = functools.partial(_filled, run, target, rest, arguments)
    return command_of(run, name, bodies, arguments.span)


def _filled(run: Interpreter, target: Function | Class, given: list[Node] | None, arguments: Arguments) -> Node:
    """Call a function or class with what the words say."""
    config = arguments.get(-1, "config")
    markers = {kind for parameter in parameters_of(run, target) for kind in parameter.kinds}
    markers |= {item.name.rpartition(".")[2] for item in getattr(config, "items", ()) if isinstance(item, Reference)}
    options = options_of(run, target, functools.partial(_tyro_option, bare="OmitArgPrefixes" in markers))
    line = words.read(options, given or [], lenient=True)
    free = [word for word in line.rest if not words.is_flag_node(word)]  # a subcommand chooses the type of a field
    more = truth(arguments.get(-1, "return_unknown_args") or Scalar(False))
    open_ = given is None or line.open or (bool(free) and not more)
    start = arguments.get(-1, "default")
    keywords = keywords_of(run, target, line.values, arguments, open=open_, given=start)
    made = call(run, target, dataclasses.replace(arguments, args=(), keywords=keywords))
    return Sequence((made, Sequence(tuple(line.rest), given is None)), span=arguments.span) if more else made


def _tyro_option(name: str, parameter: Parameter, *, bare: bool) -> Option:
    inner, _, last = name.rpartition(".")
    flags: tuple[str, ...] = () if "Positional" in parameter.kinds else (f"--{name}", *((f"--{last}",) if bare else ()))
    if "bool" in parameter.kinds and parameter.default is not None and flags:
        off = (f"--{inner}.no-{last}" if inner else f"--no-{last}", f"--no-{last if bare else name}")
        return Option(name, (*flags, *off), "boolean", convert=words.as_boolean, span=parameter.span, off=off)
    many = "*" if parameter.kinds & {"list", "List", "tuple", "Tuple", "Sequence"} else None
    return Option(name, flags, convert=convert_to(parameter), values=many, span=parameter.span)


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


def _ray(run: Interpreter, arguments: Arguments) -> Node | None:
    """`TorchTrainer(function, train_loop_config={…})` of Ray: the function runs in every worker, with the configuration."""
    function = arguments.get(0, "train_loop_per_worker")
    if not isinstance(function, (Function, Bound)):
        return None
    trainer = record(run, arguments.name, arguments)
    config = arguments.get(-1, "train_loop_config")
    call(run, function, dataclasses.replace(arguments, args=() if config is None else (config,), keywords={}, open=False))
    return trainer


MODELS: dict[str, Model] = {
    "ray.train.torch.TorchTrainer": _ray,
    "tyro.cli": _tyro,
    "tyro.extras.subcommand_cli_from_dict": _tyro_dict,
    "accelerate.notebook_launcher": _processes(0),
    "accelerate.launchers.notebook_launcher": _processes(0),
    "accelerate.debug_launcher": _processes(0),
    "torch.multiprocessing.spawn": _processes(1),
    "torch.multiprocessing.start_processes": _processes(1),
}
