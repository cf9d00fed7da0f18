"""`fire.Fire(component)`: a function, a class, an object, a dict or the module itself as a command line (fire/core.py).

Every parameter is an option, its words are Python literals where they can be; the next free word names a member.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call
from qp_lint.evaluate.functions import bound_to
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words
from qp_lint.evaluate.signatures import Parameter, command_of, command_word, keywords_of, literal, methods_of, options_of
from qp_lint.evaluate.values import Bound, Class, Function, Instance
from qp_lint.evaluate.words import Option
from qp_lint.tree import Entry, Mapping, Node, Scalar, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

DEPTH = 4  # groups in groups


def _fire(run: Interpreter, arguments: Arguments) -> Node | None:
    component = arguments.get(0, "component")
    command = arguments.get(1, "command")
    if command is not None and not (isinstance(command, Scalar) and command.value is None):
        return None  # a command line of its own
    given = launch_words(run, None)
    if component is None and arguments.scope is not None:
        names = arguments.scope.file.names
        return _choose(run, {name: value for name, value in names.items() if _is_member(name, value)}, given, arguments, 0)
    return _component(run, component or Unknown(), given, arguments, 0)


def _component(run: Interpreter, component: Node, given: list[Node] | None, arguments: Arguments, depth: int) -> Node:
    if isinstance(component, Bound) and isinstance(component.function, Function):
        return _called(run, component, component.function, given, arguments)[0]
    if isinstance(component, Function):
        return _called(run, component, component, given, arguments)[0]
    if isinstance(component, Class):
        made, rest = _called(run, component, component, given, arguments)
        if component.is_data() and not methods_of(component):
            return made
        return _component(run, made, rest, arguments, depth + 1) if depth < DEPTH else made
    if isinstance(component, Instance) and component.cls is not None:
        methods: dict[str, Node] = {
            name: bound_to(function, component, component.cls) for name, function in methods_of(component.cls).items()
        }
        return _choose(run, methods, given, arguments, depth)
    if isinstance(component, Mapping) and not component.open:
        return _choose(run, {name: entry.value for name, entry in component.entries.items()}, given, arguments, depth)
    return Unknown(span=arguments.span)


def _is_member(name: str, value: Node) -> bool:
    return isinstance(value, (Function, Class, Mapping)) and not name.startswith("_")


def _choose(run: Interpreter, members: dict[str, Node], given: list[Node] | None, arguments: Arguments, depth: int) -> Node:
    """Follow the word that names a member."""
    if depth > DEPTH:
        return Unknown(span=arguments.span)
    name, rest = None, given
    if given is not None:
        name, rest = command_word(given)
        if name is None:
            return Unknown(span=arguments.span)  # without a command fire shows its help
    commands: dict[str, Callable[[], Node]] = {}
    for key, member in members.items():
        commands[key] = lambda member=member: _component(run, member, rest, arguments, depth + 1)  # type: ignore[misc]
    return command_of(run, name, commands, arguments.span)


def _called(
    run: Interpreter, callee: Node, target: Function | Class, given: list[Node] | None, arguments: Arguments
) -> tuple[Node, list[Node] | None]:
    """Call a function or class with what of the words it takes; the words that are left."""
    options = options_of(run, target, _option)
    more = [] if isinstance(target, Class) or target.node.params.star_kwarg is None else _others(options, given or [])
    options += more
    line = words.read(options, given or [], lenient=True)
    open_ = given is None or line.open
    free = [word for word in line.rest if not words.is_flag_node(word)]
    left = line.rest if isinstance(target, Class) else []
    positional = () if open_ or isinstance(target, Class) else tuple(literal(word) for word in free)
    taken = [option.dest for option in options[: len(positional)]]
    values = {name: value for name, value in line.values.items() if name not in taken}
    keywords = keywords_of(run, target, values, arguments, open=open_)
    keywords |= {option.dest: Entry(value) for option in more if (value := line.values.get(option.dest)) is not None}
    made = call(run, callee, dataclasses.replace(arguments, args=positional, keywords=keywords, open=open_))
    return made, None if given is None else left


def _others(options: list[Option], given: list[Node]) -> list[Option]:
    """Options for the flags that no parameter has: they go to `**kwargs`."""
    known = {option.dest for option in options}
    flags = [str(word.value) for word in given if isinstance(word, Scalar) and words.is_flag(str(word.value))]
    names = dict.fromkeys(flag.lstrip("-").partition("=")[0].replace("-", "_") for flag in flags)
    return [Option(name, (f"--{name}",), convert=literal) for name in names if name not in known]


def _option(name: str, parameter: Parameter) -> Option:
    return Option(name, (f"--{name}", f"--no{name}"), convert=literal, span=parameter.span, off=(f"--no{name}",))


MODELS: dict[str, Model] = {"fire.Fire": _fire}
