"""Options made of a function's parameters or a data class's fields, as fire, typer, tyro and jsonargparse make them.

A parameter that is a data class of the project has no option itself: each of its fields has one, `--model.name`.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call
from qp_lint.evaluate.classes import default_of, members_of
from qp_lint.evaluate.datafiles import open_data
from qp_lint.evaluate.truth import either
from qp_lint.evaluate.values import Class, Function, Instance, Scope
from qp_lint.evaluate.words import Option
from qp_lint.text import Span
from qp_lint.tree import Entry, Mapping, Node, Scalar, Unknown, choice, cover

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

DEPTH = 5  # data classes in data classes
WRAPPERS = ("Optional", "Annotated", "OmitArgPrefixes", "OmitSubcommandPrefixes", "FlagConversionOff", "Positional")
COMMANDS = 8  # of which any may be the one that is called
_CALLED = re.compile(r"\(.*\)", re.DOTALL)


@dataclass(slots=True)
class Parameter:
    """A parameter or field: `default` gives its default, None where it has none; `group` is its data class."""

    name: str
    default: Callable[[], Node] | None
    span: Span | None
    annotation: Any = None  # libcst expression
    scope: Scope | None = None
    kinds: frozenset[str] = frozenset()  # the names in the annotation
    group: Class | None = None
    enum: Class | None = None  # the enumeration of the project that its values are members of


def annotation_names(scope: Scope | None, annotation: Any) -> frozenset[str]:
    """The names in an annotation; what `Annotated` says in a call (a help text) is about it, and no part of it."""
    span = scope.file.span(annotation) if scope is not None and annotation is not None else None
    return frozenset(re.findall(r"\w+", _CALLED.sub("", span.text))) if span is not None else frozenset()


def parameters_of(run: Interpreter, target: Function | Class) -> list[Parameter]:
    """What can be given to a function or class."""
    found: list[Parameter] = []
    init = target.attribute("__init__") if isinstance(target, Class) else target
    if isinstance(target, Class) and not isinstance(init, Function):
        for member in target.fields().values() if target.is_data() else ():
            has = member.default is not None or member.factory is not None
            default = functools.partial(default_of, run, member) if has else None
            found.append(Parameter(member.name, default, member.span, member.annotation, member.scope))
    if isinstance(init, Function):
        parameters = init.node.params
        items = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
        for item in items[1:] if init.owner is not None and init.kind != "static" else items:
            name = item.name.value
            value = init.defaults.get(name)
            annotation = item.annotation.annotation if item.annotation is not None else None
            default = functools.partial(_same, value) if value is not None else None
            found.append(Parameter(name, default, init.scope.file.span(item.name), annotation, init.scope))
    for parameter in found:
        parameter.kinds = annotation_names(parameter.scope, parameter.annotation)
        cls = class_of(run, parameter.annotation, parameter.scope)
        parameter.group = cls if cls is not None and cls.is_data() else None
        parameter.enum = cls if cls is not None and cls.is_enum() else None
    return found


def _same(node: Node) -> Node:
    return node


def group_of(run: Interpreter, annotation: Any, scope: Scope | None) -> Class | None:
    """The data class of the project that an annotation names, be it optional or annotated."""
    found = class_of(run, annotation, scope)
    return found if found is not None and found.is_data() else None


def class_of(run: Interpreter, annotation: Any, scope: Scope | None) -> Class | None:
    """The class of the project that an annotation names, be it optional or annotated."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.names import look_up

    if scope is None:
        return None
    if isinstance(annotation, cst.BinaryOperation):
        return class_of(run, annotation.left, scope)
    if isinstance(annotation, cst.Subscript) and isinstance(annotation.slice[0].slice, cst.Index):
        outer = annotation.value.attr if isinstance(annotation.value, cst.Attribute) else annotation.value
        wanted = isinstance(outer, cst.Name) and outer.value in WRAPPERS
        return class_of(run, annotation.slice[0].slice.value, scope) if wanted else None
    found: Node | None = None
    if isinstance(annotation, (cst.Name, cst.Attribute)):
        found = evaluate(run, annotation, scope)
    elif isinstance(annotation, cst.SimpleString) and isinstance(annotation.evaluated_value, str):
        found = look_up(run, annotation.evaluated_value, scope)
    return found if isinstance(found, Class) else None


def methods_of(cls: Class) -> dict[str, Function]:
    """The public methods of a class."""
    return {
        name: value
        for name, value in cls.every().items()
        if isinstance(value, Function) and not name.startswith("_") and value.kind != "property"
    }


def options_of(
    run: Interpreter, target: Function | Class, option: Callable[[str, Parameter], Option], prefix: str = "", depth: int = 0
) -> list[Option]:
    """The options of a function or class; `option` makes that of one parameter from its dotted name."""
    found: list[Option] = []
    for parameter in parameters_of(run, target):
        name = prefix + parameter.name
        if parameter.group is not None and depth < DEPTH:
            found += options_of(run, parameter.group, option, f"{name}.", depth + 1)
        else:
            found.append(option(name, parameter))
    return found


def keywords_of(
    run: Interpreter,
    target: Function | Class,
    values: dict[str, Node],
    arguments: Arguments,
    *,
    open: bool,
    prefix: str = "",
    given: Node | None = None,
) -> dict[str, Entry]:
    """The keywords to call a target with, for values by dotted name; `given` is an instance to start from.

    `open`: others may be given that are not known.
    """
    keywords: dict[str, Entry] = {}
    start = given.attributes if isinstance(given, Instance) else {}
    for parameter in parameters_of(run, target):
        name = prefix + parameter.name
        if name in values:
            keywords[parameter.name] = Entry(values[name], values[name].span)
            continue
        below = any(key.startswith(f"{name}.") for key in values)
        default = start.get(parameter.name) or (parameter.default() if parameter.default is not None else None)
        if parameter.group is not None and (below or default is None or (open and isinstance(default, Instance))):
            inner = keywords_of(run, parameter.group, values, arguments, open=open, prefix=f"{name}.", given=default)
            if prefix.count(".") < DEPTH:
                made = call(run, parameter.group, dataclasses.replace(arguments, args=(), keywords=inner))
                keywords[parameter.name] = Entry(made, parameter.span)
        elif open:
            unknown = Unknown(hint=parameter.name)
            keywords[parameter.name] = Entry(unknown if default is None else choice([default, unknown]))
        elif parameter.name in start and default is not None:
            keywords[parameter.name] = Entry(default)
    return keywords


def flattened(run: Interpreter, target: Function | Class, tree: Mapping, prefix: str = "") -> dict[str, Node]:
    """The entries of a configuration by dotted name, where they lie inside of data classes."""
    found: dict[str, Node] = {}
    parameters = {parameter.name: parameter for parameter in parameters_of(run, target)}
    for name, entry in tree.entries.items():
        parameter = parameters.get(name)
        if parameter is not None and parameter.group and isinstance(entry.value, Mapping) and prefix.count(".") < DEPTH:
            found |= flattened(run, parameter.group, entry.value, f"{prefix}{name}.")
        elif parameter is not None and parameter.enum and isinstance(entry.value, Scalar) and entry.value.value is not None:
            found[prefix + name] = _member(parameter.enum, False, entry.value)
        else:
            found[prefix + name] = entry.value
    return found


def over(run: Interpreter, file: dict[str, Node], given: dict[str, Node]) -> dict[str, Node]:
    """The values of a file with those of the command line over them."""
    for key in file.keys() & given.keys():
        cover(run.covers, key.rpartition(".")[2], given[key], file[key])
    return file | given


def call_from_words(
    run: Interpreter,
    target: Function | Class,
    given: list[Node] | None,
    arguments: Arguments,
    option: Callable[[str, Parameter], Option],
    *,
    config: str,
    path: Node | None = None,
    callee: Node | None = None,
) -> Node:
    """Call a target with the values that words give its options, and a file that the option `config` names, else `path`.

    `callee` is what is called where that is a bound method.
    """
    options = options_of(run, target, option)
    line = words.read([*options, Option(config, (f"--{config}",))], given or [], lenient=True)
    values = line.values
    open_ = given is None or line.open
    if config in values and not any(option.dest == config for option in options):
        path = values.pop(config)
    if path is not None and not (isinstance(path, Scalar) and path.value is None):
        tree = open_data(run, path, arguments.span)
        if isinstance(tree, Mapping):
            values = over(run, flattened(run, target, tree), values)
        open_ = open_ or not isinstance(tree, Mapping) or tree.open
    keywords = keywords_of(run, target, values, arguments, open=open_)
    return call(run, callee or target, dataclasses.replace(arguments, args=(), keywords=keywords))


def call_from_tree(run: Interpreter, target: Class, tree: Node, arguments: Arguments) -> Node:
    """An object of a data class, and of those in it, with the values of nested mappings."""
    known = tree if isinstance(tree, Mapping) else Mapping({}, True)
    keywords = keywords_of(run, target, flattened(run, target, known), arguments, open=known.open)
    return call(run, target, dataclasses.replace(arguments, args=(), keywords=keywords))


def convert_to(parameter: Parameter, *, by_value: bool = False) -> Callable[[Node], Node] | None:
    """What turns a word into a value of a parameter; a member of an enumeration is named, or written as its value."""
    if parameter.enum is not None:
        return functools.partial(_member, parameter.enum, by_value)
    return converter(parameter.kinds)


def _member(cls: Class, by_value: bool, word: Node) -> Node:
    if isinstance(word, Scalar):
        for member in members_of(cls):
            if str(member.value if by_value else member.name) == word.value:
                return dataclasses.replace(member, span=word.span, via=word.via)
    return Unknown(span=word.span, via=word.via)


def converter(kinds: frozenset[str]) -> Callable[[Node], Node] | None:
    """What turns a word into a value of an annotated type."""
    if "str" in kinds:
        return None
    if "bool" in kinds:
        return words.as_boolean
    if "int" in kinds and "float" not in kinds:
        return functools.partial(words.as_number, kind=int)
    return functools.partial(words.as_number, kind=float) if "float" in kinds else None


def literal(word: Node) -> Node:
    """A word as a Python literal (`5`, `True`), else its text."""
    if not isinstance(word, Scalar) or not isinstance(word.value, str) or len(word.value) > 300:
        return word
    try:
        value = ast.literal_eval(word.value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return word
    return dataclasses.replace(word, value=value) if isinstance(value, (str, int, float, bool, type(None))) else word


def command_word(given: list[Node]) -> tuple[Node | None, list[Node]]:
    """The first word that is no flag, and those around it; a word that is not known may be several, and stays among them."""
    for index, word in enumerate(given):
        if not words.is_flag_node(word):
            return word, [*given[:index], *given[index + (1 if isinstance(word, Scalar) else 0) :]]
    return None, given


def command_of(run: Interpreter, name: Node | None, commands: dict[str, Callable[[], Node]], span: Span | None) -> Node:
    """What the command gives that a word names, dashes or underscores; any of them may be meant by a word that is not known."""
    if isinstance(name, Scalar):
        wanted = str(name.value).replace("_", "-")
        found = next((body for key, body in commands.items() if key.replace("_", "-") == wanted), None)
        return found() if found is not None else Unknown(span=span)
    bodies = list(commands.values())
    if len(bodies) == 1:
        return bodies[0]()
    if not bodies or len(bodies) > COMMANDS or span is None:
        return Unknown(span=span)
    return either(run, span, bodies, [{} for _ in bodies])
