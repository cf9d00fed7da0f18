"""Models of what calls a function or class of the project: tyro, jsonargparse, launchers of processes.

tyro (_cli.py, conf): every field is a flag, `--model.name`, switches have a `no-` twin.  jsonargparse (_cli.py): parameters
without a default are positional, `--config file.yaml` brings in values, booleans take a word.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call, record
from qp_lint.evaluate.datafiles import open_data
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words
from qp_lint.evaluate.signatures import Parameter, command_of, command_word, converter, flattened, keywords_of, options_of
from qp_lint.evaluate.values import Bound, Class, Function
from qp_lint.evaluate.words import Option
from qp_lint.tree import Mapping, Node, Sequence, Unknown

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


def _jsonargparse(run: Interpreter, arguments: Arguments) -> Node | None:
    """`jsonargparse.CLI(function, class, or several)`; without any the functions of the module."""
    component = arguments.get(0, "components")
    given = launch_words(run, arguments.get(1, "args"))
    if component is None and arguments.scope is not None:
        names = arguments.scope.file.names.values()
        component = Sequence(tuple(value for value in names if isinstance(value, Function) and value.name[:1] != "_"))
    commands: dict[str, Callable[[], Node]] = {}
    if isinstance(component, Sequence) and len(component.items) == 1:
        component = component.items[0]
    if isinstance(component, (Function, Class)):
        return _component(run, component, given, arguments)
    if isinstance(component, Sequence):
        named = [(item.name, item) for item in component.items if isinstance(item, (Function, Class))]
    elif isinstance(component, Mapping):
        named = [(key, entry.value) for key, entry in component.entries.items() if isinstance(entry.value, (Function, Class))]
    else:
        return None
    name, rest = command_word(given) if given is not None else (None, None)
    for key, item in named:
        commands[key] = functools.partial(_component, run, item, rest, arguments)
    return command_of(run, name, commands, arguments.span)


def _component(run: Interpreter, target: Function | Class, given: list[Node] | None, arguments: Arguments) -> Node:
    if isinstance(target, Class) and not target.is_data():
        return Unknown(span=arguments.span)  # its methods are commands
    options = options_of(run, target, _jsonargparse_option)
    line = words.read([*options, Option("config", ("--config",))], given or [], lenient=True)
    values = line.values
    open_ = given is None or line.open
    if "config" in values and not any(option.dest == "config" for option in options):
        tree = open_data(run, values.pop("config"), arguments.span)
        if isinstance(tree, Mapping):
            values = flattened(run, target, tree) | values
        open_ = open_ or not isinstance(tree, Mapping) or tree.open
    keywords = keywords_of(run, target, values, arguments, open=open_)
    return call(run, target, dataclasses.replace(arguments, args=(), keywords=keywords))


def _jsonargparse_option(name: str, parameter: Parameter) -> Option:
    flags = (f"--{name}",) if parameter.default is not None or "." in name else ()
    return Option(name, flags, convert=converter(parameter.kinds), span=parameter.span)


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
    "jsonargparse.CLI": _jsonargparse,
    "jsonargparse.auto_cli": _jsonargparse,
    "accelerate.notebook_launcher": _processes(0),
    "accelerate.launchers.notebook_launcher": _processes(0),
    "accelerate.debug_launcher": _processes(0),
    "torch.multiprocessing.spawn": _processes(1),
    "torch.multiprocessing.start_processes": _processes(1),
}
