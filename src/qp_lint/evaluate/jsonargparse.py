"""jsonargparse: parsers whose options are nested (`--model.name`), may be made of classes, and are filled by `--config` files.

jsonargparse 4 (_cli.py, _core.py, _signatures.py): of a function the parameters without a default are positional, booleans take
a word, what is given on the command line wins over the file.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call
from qp_lint.evaluate.datafiles import open_data
from qp_lint.evaluate.functions import bound_to
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.parsers import launch_words, values_of
from qp_lint.evaluate.signatures import (
    Parameter,
    call_from_words,
    command_of,
    command_word,
    convert_to,
    keywords_of,
    methods_of,
    options_of,
    over,
    parameters_of,
)
from qp_lint.evaluate.values import Class, Function, Instance, LibraryInstance, Parser
from qp_lint.evaluate.words import Option
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _cli(run: Interpreter, arguments: Arguments) -> Node | None:
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
        return _methods(run, target, given, arguments)
    return call_from_words(run, target, given, arguments, _option, config="config")


def lightning_defaults(run: Interpreter, instance: LibraryInstance, cls: Class) -> None:
    """What a subclass of LightningCLI does to its parser: defaults that it sets there win over `trainer_defaults`
    (lightning/pytorch/cli.py, `LightningCLI._add_arguments`)."""
    method = cls.attribute("add_arguments_to_parser")
    if not isinstance(method, Function):
        return
    parser = Parser("jsonargparse")
    call(run, bound_to(method, instance, cls), Arguments((parser,)))
    given = {key[8:]: Entry(value, value.span) for key, value in parser.defaults.items() if key.startswith("trainer.")}
    old = instance.keywords.get("trainer_defaults")
    first = old.value if old is not None else Mapping(span=instance.span)
    if given and isinstance(first, Mapping):
        merged = dataclasses.replace(first, entries={**first.entries, **given}, open=first.open or parser.open)
        run.state.put(instance.keywords, "trainer_defaults", Entry(merged, old.span if old is not None else None))


def _methods(run: Interpreter, cls: Class, given: list[Node] | None, arguments: Arguments) -> Node:
    """A class whose methods are commands: words for its `__init__`, then a command's name and its words."""
    options = [*options_of(run, cls, _option), Option("config", ("--config",))]
    line = words.read(options, given or [], lenient=True, group=True)
    own = None if given is None else given[: len(given) - len(line.rest)]
    made = call_from_words(run, cls, own, arguments, _option, config="config")
    name, rest = (line.rest[0], line.rest[1:]) if line.rest else (None, None if given is None else [])
    if given is not None and name is None:
        return Unknown(span=arguments.span)  # without a command it ends with an error
    commands: dict[str, Callable[[], Node]] = {}
    for key, method in methods_of(cls).items():
        bound = bound_to(method, made, cls)
        commands[key] = functools.partial(call_from_words, run, method, rest, arguments, _option, config="config", callee=bound)
    return command_of(run, name, commands, arguments.span)


def _option(name: str, parameter: Parameter) -> Option:
    flags = (f"--{name}",) if parameter.default is not None or "." in name else ()
    return Option(name, flags, convert=convert_to(parameter), span=parameter.span)


def call_parser(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    """A method of a `jsonargparse.ArgumentParser` that argparse's has not, or has in another way."""
    if name in ("add_class_arguments", "add_dataclass_arguments", "add_function_arguments"):
        target, key = arguments.get(0), arguments.get(1, "nested_key")
        if isinstance(target, (Class, Function)) and isinstance(key, Scalar) and key.value:
            add_group(run, parser, str(key.value), target)
        else:
            run.state.field(parser, "open", True)
        return Scalar(None)
    if name == "parse_args":
        return _parse(run, parser, arguments)
    config = arguments.get(0, "cfg")
    if name == "instantiate_classes" and isinstance(config, Instance):
        return _instantiated(run, parser, config, arguments)
    return Scalar(None) if name == "link_arguments" else Unknown(span=arguments.span)


def add_group(run: Interpreter, parser: Parser, key: str, target: Class | Function) -> None:
    """Options for what a class or function takes, below a key."""
    parser.groups[key] = target
    parser.options.extend(options_of(run, target, _option, f"{key}."))


def _parse(run: Interpreter, parser: Parser, arguments: Arguments) -> Node:
    given = launch_words(run, arguments.get(0, "args"))
    line = words.read(parser.options, given or [], lenient=True)
    line.open = line.open or given is None or parser.open
    for option in parser.options:
        if option.action == words.CONFIG and option.dest in line.values:
            tree = open_data(run, line.values[option.dest], arguments.span)
            line.open = line.open or not isinstance(tree, Mapping) or tree.open
            found = _leaves(tree, {option.dest for option in parser.options}) if isinstance(tree, Mapping) else {}
            line.values = over(run, found, line.values)
    namespace = Instance(None, span=arguments.span, open=line.open)
    for key, value in values_of(run, parser, line, given).items():
        if not any(key.startswith(f"{group}.") for group in parser.groups):
            _nested(run, namespace, key.split("."), value)
    for key, target in parser.groups.items():
        inner = Instance(None, span=target.span, open=line.open)
        keywords = keywords_of(run, target, line.values, arguments, open=line.open, prefix=f"{key}.")
        for parameter in parameters_of(run, target):
            given_value = keywords[parameter.name].value if parameter.name in keywords else None
            default = parameter.default() if given_value is None and parameter.default is not None else None
            run.state.put(inner.attributes, parameter.name, given_value or default or Unknown(hint=parameter.name))
        _nested(run, namespace, key.split("."), inner)
    return namespace


def _leaves(tree: Mapping, names: set[str], prefix: str = "") -> dict[str, Node]:
    """The entries of a configuration by dotted name, as far as there are options below them."""
    found: dict[str, Node] = {}
    for name, entry in tree.entries.items():
        key = f"{prefix}{name}"
        if isinstance(entry.value, Mapping) and any(other.startswith(f"{key}.") for other in names):
            found |= _leaves(entry.value, names, f"{key}.")
        else:
            found[key] = entry.value
    return found


def _nested(run: Interpreter, namespace: Instance, path: list[str], value: Node) -> None:
    """Put a value into namespaces in namespaces."""
    for name in path[:-1]:
        inner = namespace.attributes.get(name)
        if not isinstance(inner, Instance):
            inner = Instance(None, open=namespace.open)
            run.state.put(namespace.attributes, name, inner)
        namespace = inner
    run.state.put(namespace.attributes, path[-1], value)


def _instantiated(run: Interpreter, parser: Parser, config: Instance, arguments: Arguments) -> Node:
    """The configuration with objects of the classes in place of what they take."""
    made = Instance(None, dict(config.attributes), config.open, span=arguments.span)
    for key, target in parser.groups.items():
        if "." not in key and isinstance(target, Class) and isinstance(inner := config.attributes.get(key), Instance):
            keywords = {name: Entry(value) for name, value in inner.attributes.items()}
            run.state.put(made.attributes, key, call(run, target, Arguments(keywords=keywords, span=arguments.span)))
    return made


MODELS: dict[str, Model] = {"jsonargparse.CLI": _cli, "jsonargparse.auto_cli": _cli}
