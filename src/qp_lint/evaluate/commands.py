"""click and Typer: functions whose decorators, or parameters, make them commands, alone or in groups.

click 8 (decorators.py, core.py) and typer 0.9 (main.py): names of options and commands, switches, environment variables.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call
from qp_lint.evaluate.classes import members_of
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words
from qp_lint.evaluate.signatures import Parameter, command_of, command_word, convert_to, converter, parameters_of
from qp_lint.evaluate.values import Command, Decorator, Function, Method, Scope
from qp_lint.evaluate.words import Option
from qp_lint.tree import Call, Entry, Node, Reference, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

_TYPES = {"INT": "int", "FLOAT": "float", "BOOL": "bool", "IntRange": "int", "FloatRange": "float"}
_SUFFIX = re.compile(r"_(command|cmd|group|grp)$")


@dataclass(slots=True)
class CommandOption(Option):
    """An option of a command: the variable that gives it when no word does, and whether code of the program has a say."""

    variable: Node | None = None
    called: bool = False


def decorate(run: Interpreter, function: Function, scope: Scope) -> Node:
    """What the decorators of a function make of it; those that make no command leave it as it is."""
    from qp_lint.evaluate.expressions import evaluate

    value: Node = function
    for decorator in reversed(function.node.decorators):
        found = evaluate(run, decorator.decorator, scope)
        made: Node | None = None
        if isinstance(found, (Decorator, Function, Method)):
            made = call(run, found, Arguments((value,)))
        elif isinstance(found, Reference) and found.name in ("click.command", "click.group"):
            made = _command(value, group=found.name == "click.group")
        if isinstance(made, (Command, Function)):
            value = made
    return value


def call_command(run: Interpreter, callee: Command | Decorator, arguments: Arguments) -> Node:
    """Call a command, with the words of the launch or those given to it; let a decorator decorate."""
    if isinstance(callee, Decorator):
        return callee.apply(arguments.get(0) or Unknown())
    return _start(run, callee, launch_words(run, arguments.get(0, "args")), arguments)


def call_method(run: Interpreter, receiver: Command, name: str, arguments: Arguments) -> Node:
    """A method of a command or a Typer application."""
    if name in ("command", "group"):
        return _member(run, receiver, arguments, group=name == "group")
    if name == "callback":
        return Decorator(functools.partial(_first, receiver), span=arguments.span)
    if name in ("add_command", "add_typer"):
        child, given = arguments.get(0), arguments.get(1, "name")
        if isinstance(child, Command):
            own = _name_of(child.functions[0].name) if child.functions else ""
            run.state.put(receiver.commands, str(given.value) if isinstance(given, Scalar) else own, child)
        return Scalar(None)
    return call_command(run, receiver, arguments) if name == "main" else Unknown(span=arguments.span)


def _command(value: Node, *, group: bool) -> Node:
    """`@click.command()`: the options that stand below it belong to it."""
    if isinstance(value, Command):
        return dataclasses.replace(value, group=group)
    return Command([value], group=group, span=value.span) if isinstance(value, Function) else value


def _member(run: Interpreter, owner: Command, arguments: Arguments, *, group: bool) -> Node:
    """`@cli.command(…)`, `@app.command(…)`, `@cli.command`."""
    given = arguments.get(0, "name")

    def apply(value: Node) -> Node:
        made = _command(value, group=group)
        if not isinstance(made, Command) or not made.functions:
            return value
        name = given.value if isinstance(given, Scalar) and given.value else _name_of(made.functions[0].name)
        if owner.typer:
            made = dataclasses.replace(made, typer=True)
        run.state.put(owner.commands, str(name), made)
        return value if owner.typer else made

    return apply(given) if isinstance(given, (Command, Function)) else Decorator(apply, span=arguments.span)


def _name_of(function: str) -> str:
    return _SUFFIX.sub("", function).lower().replace("_", "-")


def _first(owner: Command, value: Node) -> Node:
    """`@app.callback()`: runs before the command."""
    if isinstance(value, Function):
        owner.functions.append(value)
    return value


def _start(run: Interpreter, command: Command, given: list[Node] | None, arguments: Arguments) -> Node:
    """Read the words of a command, call its function and, of a group, the command that is named behind."""
    if command.typer and not command.functions and len(command.commands) == 1:
        return _start(run, next(iter(command.commands.values())), given, arguments)  # Typer: a lone one needs no name
    grouped = command.group or bool(command.commands)
    options: list[CommandOption] = list(command.options)
    for function in command.functions if command.typer else ():
        options += [_typer_option(run, parameter) for parameter in parameters_of(run, function)]
    line = words.read(options, given or [], lenient=command.typer, group=grouped)
    line.open = line.open or given is None
    found: Node = Scalar(None)
    for function in command.functions:
        found = _call(run, function, options, line, arguments)
    if not grouped or run.ended or (given is not None and not line.rest):
        return found
    name, after = command_word(line.rest) if given is not None else (None, None)
    bodies: dict[str, Callable[[], Node]] = {}
    for key, child in command.commands.items():
        bodies[key] = functools.partial(_start, run, child, after, arguments)
    return command_of(run, name, bodies, arguments.span)


def _call(run: Interpreter, function: Function, options: list[CommandOption], line: words.Line, arguments: Arguments) -> Node:
    """Call the function of a command with the values of its options; what else it takes (a context) is unknown."""
    keywords: dict[str, Entry] = {}
    for option in options:
        if option.called:
            value: Node = Unknown(hint=option.dest, span=option.span)
        elif option.dest in line.values:
            value = line.values[option.dest]
        else:
            value = _from_environment(run, option, option.missing(not line.open))
        keywords[option.dest] = Entry(value, value.span)
    if not isinstance(function.node, cst.FunctionDef) or function.node.params.star_kwarg is None:
        names = {parameter.name for parameter in parameters_of(run, function)}
        keywords = {name: entry for name, entry in keywords.items() if name in names}
    return call(run, function, dataclasses.replace(arguments, args=(), keywords=keywords))


def _from_environment(run: Interpreter, option: CommandOption, default: Node) -> Node:
    """The value of the variable that an option may be given by, else its default."""
    if option.variable is None:
        return default
    if not isinstance(option.variable, Scalar):
        return Unknown(hint=option.dest)
    name = str(option.variable.value)
    known = run.variable(name)
    if known is None:
        return choice([default, run.unset_variable(name)])
    return option.convert(known) if option.convert is not None else known


def _option(run: Interpreter, arguments: Arguments, *, flags: bool) -> Node:
    """`click.option(…)`, `click.argument(…)`."""
    option = _click_option(arguments, flags=flags)

    def apply(value: Node) -> Node:
        command = Command([value], span=value.span) if isinstance(value, Function) else value
        if not isinstance(command, Command) or option is None:
            return value
        return dataclasses.replace(command, options=[option, *command.options])

    return Decorator(apply, span=arguments.span)


def _click_option(arguments: Arguments, *, flags: bool) -> CommandOption | None:
    names = [arg for arg in arguments.args if isinstance(arg, Scalar) and isinstance(arg.value, str)]
    if not names:
        return None
    dest, on, off = _flags([str(name.value) for name in names])
    option = _made(dest, on if flags else (), off, arguments)
    option.span = names[0].span
    kind, switch, value = (arguments.get(-1, name) for name in ("type", "is_flag", "flag_value"))
    if flags and (off or value is not None or (isinstance(switch, Scalar) and switch.value)):
        if value is not None:
            option.action, option.const = "store_const", value
        else:
            option.action, option.default = "boolean", option.default or Scalar(False, span=option.span)
        return option
    option.convert = converter(frozenset({_kind(kind, option.default)}))
    allowed = kind.argument("choices", 0) if isinstance(kind, Call) and kind.function == "click.Choice" else None
    if isinstance(allowed, Sequence) and not allowed.open:
        option.choices = allowed.items
    return option


def _made(dest: str, on: tuple[str, ...], off: tuple[str, ...], arguments: Arguments) -> CommandOption:
    """What options of click and Typer have in common."""
    option = CommandOption(dest, (*on, *off), default=arguments.get(-1, "default"), off=off)
    multiple, count = arguments.get(-1, "multiple"), arguments.get(-1, "nargs")
    if isinstance(multiple, Scalar) and multiple.value:
        option.action = "append"
        option.default = option.default or Sequence()
    if isinstance(count, Scalar) and isinstance(count.value, int) and count.value != 1:
        option.values = "*" if count.value < 0 else count.value
    required = arguments.get(-1, "required")
    option.required = isinstance(required, Scalar) and bool(required.value)
    option.variable = arguments.get(-1, "envvar")
    code = arguments.get(-1, "callback") or arguments.get(-1, "prompt")
    option.called = code is not None and not (isinstance(code, Scalar) and not code.value)
    return option


def _flags(names: list[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The destination, the flags that set it, and those that say no: `--shout/--no-shout`."""
    on: list[str] = []
    off: list[str] = []
    dest = ""
    for name in names:
        first, _, second = (part.strip() for part in name.partition("/"))
        if first and not first.startswith("-"):
            dest = first
            continue
        on += [first] if first else []
        off += [second] if second else []
    longest = next((flag for flag in on if flag.startswith("--")), on[0] if on else "")
    return dest or longest.lstrip("-").replace("-", "_").lower(), tuple(on), tuple(off)


def _kind(node: Node | None, default: Node | None) -> str:
    """The name of the Python type of an option's value."""
    if isinstance(node, Reference):
        name = node.name.rpartition(".")[2]
        return _TYPES.get(name, name)
    if isinstance(node, Call):
        return _TYPES.get(node.function.rpartition(".")[2], "str")
    value = default.value if node is None and isinstance(default, Scalar) else None
    return type(value).__name__ if value is not None else "str"


def _typer_option(run: Interpreter, parameter: Parameter) -> CommandOption:
    """The option or argument that a parameter of a Typer command is."""
    default = parameter.default() if parameter.default is not None else None
    spec = default if _is_spec(default) else _annotated(run, parameter)
    positional = default is None and spec is None
    names: list[str] = []
    place = Arguments()
    if isinstance(spec, Call):
        positional = spec.function.endswith("Argument")
        place = Arguments(keywords={name: entry for name, entry in spec.keywords.items() if name != "default"})
        names = [str(arg.value) for arg in spec.args if isinstance(arg, Scalar) and str(arg.value).startswith("-")]
        if spec is default:
            first = spec.argument("default", 0)
            default = None if first is None or (first.span is not None and first.span.text == "...") else first
    on, off = _flags(names)[1:]
    flag = f"--{parameter.name.replace('_', '-')}"
    switch = "bool" in parameter.kinds and not positional
    if switch and not names:
        off = (f"--no-{flag[2:]}",)
    option = _made(parameter.name, () if positional else on or (flag,), off, place)
    option.default, option.span, option.required = default, parameter.span, default is None
    if switch:
        option.action, option.default = "boolean", default or Scalar(False, span=parameter.span)
    else:
        option.convert = convert_to(parameter, by_value=True)
        option.choices = tuple(members_of(parameter.enum)) if parameter.enum is not None else ()
    if parameter.kinds & {"List", "list"}:
        option.action, option.values = ("store", "*") if positional else ("append", None)
    return option


def _is_spec(node: Node | None) -> bool:
    return isinstance(node, Call) and node.function in ("typer.Option", "typer.Argument")


def _annotated(run: Interpreter, parameter: Parameter) -> Node | None:
    """The `typer.Option(…)` in `Annotated[str, typer.Option(…)]`."""
    from qp_lint.evaluate.expressions import evaluate

    annotation, scope = parameter.annotation, parameter.scope
    if not isinstance(annotation, cst.Subscript) or "Annotated" not in parameter.kinds or scope is None:
        return None
    for element in annotation.slice[1:]:
        if isinstance(element.slice, cst.Index) and isinstance(element.slice.value, cst.Call):
            found = evaluate(run, element.slice.value, scope)
            if _is_spec(found):
                return found
    return None


def _typer_run(run: Interpreter, arguments: Arguments) -> Node | None:
    """`typer.run(function)`."""
    function = arguments.get(0, "function")
    if not isinstance(function, Function):
        return None
    return _start(run, Command([function], typer=True), launch_words(run, None), arguments)


MODELS: dict[str, Model] = {
    "click.command": lambda run, arguments: Decorator(functools.partial(_command, group=False)),
    "click.group": lambda run, arguments: Decorator(functools.partial(_command, group=True)),
    "click.option": functools.partial(_option, flags=True),
    "click.argument": functools.partial(_option, flags=False),
    "typer.Typer": lambda run, arguments: Command(typer=True, group=True, span=arguments.span),
    "typer.run": _typer_run,
}
