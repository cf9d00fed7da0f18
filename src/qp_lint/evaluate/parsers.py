"""argparse: parsers, their options, and the values that the launch words or the defaults give them."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call_with
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.values import Class, Function, Instance, Quiet
from qp_lint.evaluate.words import Option
from qp_lint.tree import Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, cover

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

COMMANDS = 8  # subparsers that are told apart where any of them may be chosen
FILE_WORDS = 1_000  # that `@file` brings in


@dataclass(frozen=True, slots=True, eq=False)
class Parser(Node):
    """An argument parser; `kind` is argparse, jsonargparse, hf (HfArgumentParser) or trl.

    `classes` are the data classes it fills; `open`: something else than the words may set its options.
    """

    kind: str = "argparse"
    options: list[Option] = field(default_factory=list)
    defaults: dict[str, Node] = field(default_factory=dict)
    classes: list[Node] = field(default_factory=list)
    commands: dict[str, Parser] = field(default_factory=dict)  # subparsers by name
    command: list[str] = field(default_factory=list)  # the destination of the subparser's name
    groups: dict[str, Class | Function] = field(default_factory=dict)  # of jsonargparse: whose parameters lie below a key
    open: bool = False
    prefixes: str = ""  # characters before the name of a file with further words


def launch_words(run: Interpreter, given: Node | None) -> list[Node] | None:
    """The words that a parser reads: those given to it, else those of the launch; None when not known."""
    if given is not None and not (isinstance(given, Scalar) and given.value is None):
        return list(given.items) if isinstance(given, Sequence) and not given.open else None
    return run.arguments


def call_parser(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    """A method of a parser."""
    from qp_lint.evaluate import dataparsers, jsonargparse

    if name == "add_argument":
        kind, flag = arguments.get(-1, "type"), arguments.get(0)
        if parser.kind == "jsonargparse" and isinstance(kind, Class) and kind.is_data() and isinstance(flag, Scalar):
            jsonargparse.add_group(run, parser, str(flag.value).lstrip("-"), kind)
            return Quiet()
        option = _option(run, arguments)
        if option is not None:
            parser.options.append(option)
        return Quiet()
    if name in ("add_argument_group", "add_mutually_exclusive_group"):
        return parser
    if name == "add_subparsers":
        if isinstance(dest := arguments.get(-1, "dest"), Scalar):
            parser.command.append(str(dest.value))
        return parser
    if name == "add_parser":
        command = arguments.get(0)
        found = make_parser(run, arguments)
        parser.commands[str(command.value) if isinstance(command, Scalar) else ""] = found
        return found
    if name == "set_defaults":
        for key, entry in arguments.keywords.items():
            run.state.put(parser.defaults, key, entry.value)
        if arguments.open:
            run.state.field(parser, "open", True)
        return Scalar(None)
    if name in ("parse_args", "parse_known_args", "parse_intermixed_args") and parser.kind == "argparse":
        return _parse(run, parser, name, arguments)
    if name in ("error", "exit"):
        run.ended = True
        return Unknown()
    if parser.kind == "jsonargparse":
        return jsonargparse.call_parser(run, parser, name, arguments)
    return dataparsers.call_parser(run, parser, name, arguments)


def make_parser(run: Interpreter, arguments: Arguments, kind: str = "argparse") -> Parser:
    """`ArgumentParser(...)`."""
    prefixes = arguments.get(-1, "fromfile_prefix_chars")
    parser = Parser(kind, span=arguments.span, prefixes=str(prefixes.value or "") if isinstance(prefixes, Scalar) else "")
    files = arguments.get(-1, "default_config_files")
    if files is not None and not (isinstance(files, Sequence) and not files.items):
        run.state.field(parser, "open", True)
    parents = arguments.get(-1, "parents")
    for parent in parents.items if isinstance(parents, Sequence) else ():
        if isinstance(parent, Parser):
            parser.options.extend(parent.options)
            parser.defaults.update(parent.defaults)
    return parser


def _option(run: Interpreter, arguments: Arguments) -> Option | None:
    """`add_argument(...)`; None when its name is not known."""
    names = [arg for arg in arguments.args if isinstance(arg, Scalar) and isinstance(arg.value, str)]
    if not names:
        return None
    flags = tuple(str(name.value) for name in names if str(name.value).startswith("-"))
    given = {key: entry.value for key, entry in arguments.keywords.items()}
    first = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else str(names[0].value))
    dest = given.get("dest")
    action = given.get("action")
    option = Option(
        str(dest.value) if isinstance(dest, Scalar) else first.lstrip("-").replace("-", "_"),
        flags,
        words.CONFIG if given.get("is_config_file") is not None else _action(action),
        given.get("default"),
        _converter(run, given.get("type")),
        _nargs(given.get("nargs")),
        given.get("const"),
        _choices(given.get("choices")),
        required=isinstance(required := given.get("required"), Scalar) and bool(required.value),
        span=names[0].span,
    )
    if not flags and option.values not in ("?", "*"):
        option.required = True
    if option.action == "boolean":
        option.off = tuple(f"--no-{flag[2:]}" for flag in flags if flag.startswith("--"))
        option.flags += option.off
    if isinstance(option.default, Scalar) and isinstance(option.default.value, str) and option.convert is not None:
        option.default = option.convert(option.default)
    return option


def _action(node: Node | None) -> str:
    if isinstance(node, Reference) and node.name.endswith("BooleanOptionalAction"):
        return "boolean"
    if isinstance(node, Reference) and node.name.endswith("ActionConfigFile"):
        return words.CONFIG
    return str(node.value) if isinstance(node, Scalar) else "store"


def _nargs(node: Node | None) -> str | int | None:
    if isinstance(node, Reference):
        return "..." if node.name.endswith("REMAINDER") else None
    return node.value if isinstance(node, Scalar) and isinstance(node.value, (str, int)) else None


def _choices(node: Node | None) -> tuple[Node, ...]:
    if isinstance(node, Mapping) and not node.open:
        return tuple(Scalar(key, span=entry.span) for key, entry in node.entries.items())
    return node.items if isinstance(node, Sequence) and not node.open and len(node.items) <= 16 else ()


def _converter(run: Interpreter, kind: Node | None) -> functools.partial[Node] | None:
    if kind is None or (isinstance(kind, Reference) and kind.name == "builtins.str"):
        return None
    return functools.partial(_convert, run, kind)


def _convert(run: Interpreter, kind: Node, word: Node) -> Node:
    if isinstance(kind, Reference) and kind.name in ("builtins.int", "builtins.float"):
        return words.as_number(word, int if kind.name == "builtins.int" else float)
    if isinstance(kind, Reference) and "bool" in kind.name.rpartition(".")[2] and kind.name != "builtins.bool":
        return words.as_boolean(word)
    found = call_with(run, kind, word)
    if isinstance(found, Scalar) and isinstance(word, Scalar):
        return dataclasses.replace(found, span=word.span, via=word.via)
    return found


def _parse(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    given = _with_files(run, parser, launch_words(run, arguments.get(0, "args")))
    options = every_option(parser, given)
    line = words.read(options, given or [])
    line.open = (
        line.open or parser.open or any(option.action == words.CONFIG and option.dest in line.values for option in options)
    )
    namespace = Instance(None, span=arguments.span)
    for key, value in values_of(run, parser, line, given).items():
        run.state.put(namespace.attributes, key, value)
    if name == "parse_known_args":
        return Sequence((namespace, Sequence(tuple(line.rest), given is None)), span=arguments.span)
    return namespace


def _with_files(run: Interpreter, parser: Parser, given: list[Node] | None) -> list[Node] | None:
    """The words with those of the files that `@file` names, a word a line; a file that is not in reach has unknown ones."""
    if given is None or not parser.prefixes:
        return given
    found: list[Node] = []
    for word in given:
        text = word.value if isinstance(word, Scalar) else None
        if not isinstance(text, str) or not text or text[0] not in parser.prefixes:
            found.append(word)
            continue
        path = run.project.locate(text[1:], run.directory, "")
        source = run.project.source(path) if path is not None else None
        if path is None or source is None:
            found.append(Unknown(span=word.span))
            continue
        run.read[path] = None
        start = 0
        for row in source.text.splitlines(keepends=True)[:FILE_WORDS]:
            plain = row.rstrip("\r\n")
            found.append(Scalar(plain, plain, span=source.span(start, start + len(plain)), via=(word.span,) if word.span else ()))
            start += len(row)
    return found


def every_option(parser: Parser, given: list[Node] | None) -> list[Option]:
    """The options of a parser and of the subparser that the words choose (of all when none is known)."""
    return [*parser.options, *(option for _, command in _chosen(parser, given) for option in every_option(command, given))]


def _chosen(parser: Parser, given: list[Node] | None) -> list[tuple[Scalar, Parser]]:
    """The subparser that the words choose, and its name; all of them when a word that is not known may be the name."""
    found = [word for word in given or [] if isinstance(word, Scalar) and word.value in parser.commands]
    if found:
        return [(found[0], parser.commands[str(found[0].value)])]
    unknown = given is None or any(not isinstance(word, Scalar) for word in given)
    return [(Scalar(name, span=command.span), command) for name, command in parser.commands.items()] if unknown else []


def values_of(run: Interpreter, parser: Parser, line: words.Line, given: list[Node] | None) -> dict[str, Node]:
    """The value of every option; where it is not known which subparser is chosen, they are decided together."""
    values: dict[str, Node] = dict(parser.defaults)
    for option in parser.options:
        if option.dest in line.values:
            cover(run.covers, option.dest, line.values[option.dest], parser.defaults.get(option.dest))
            values[option.dest] = line.values[option.dest]
        elif option.dest in parser.defaults:
            values[option.dest] = parser.defaults[option.dest]
        elif option.action not in ("help", "version") and not (option.dest in values and option.default is None):
            values[option.dest] = option.missing(given is not None and not line.open)
    sides = []
    for name, command in _chosen(parser, given):
        sides.append(values_of(run, command, line, given))
        sides[-1] |= dict.fromkeys(parser.command[:1], name)
    branch = parser.span if len(sides) <= COMMANDS else None
    for key in dict.fromkeys(key for side in sides for key in side):
        options = [side.get(key) or values.get(key) or Unknown(hint=key) for side in sides]
        values[key] = options[0] if len(options) == 1 else choice(options, branch=branch)
    return values


def _deepspeed(run: Interpreter, arguments: Arguments) -> Node | None:
    """`deepspeed.add_config_arguments(parser)` (deepspeed/__init__.py)."""
    parser = arguments.get(0)
    if not isinstance(parser, Parser):
        return None
    span = arguments.name_span
    parser.options.append(Option("deepspeed", ("--deepspeed",), "store_true", span=span))
    parser.options.append(Option("deepspeed_config", ("--deepspeed_config",), span=span))
    return parser


def _hf(kind: str) -> Model:
    def model(run: Interpreter, arguments: Arguments) -> Node:
        classes = arguments.get(0, "dataclass_types")
        listed = list(classes.items) if isinstance(classes, Sequence) else [classes] if classes is not None else []
        return Parser(kind, classes=listed, span=arguments.span)

    return model


MODELS: dict[str, Model] = {
    "argparse.ArgumentParser": make_parser,
    "jsonargparse.ArgumentParser": lambda run, arguments: make_parser(run, arguments, "jsonargparse"),
    "configargparse.ArgumentParser": make_parser,
    "configargparse.ArgParser": make_parser,
    "deepspeed.add_config_arguments": _deepspeed,
    "transformers.HfArgumentParser": _hf("hf"),
    "transformers.hf_argparser.HfArgumentParser": _hf("hf"),
    "trl.TrlParser": _hf("trl"),
    "trl.scripts.utils.TrlParser": _hf("trl"),
    "trl.commands.cli_utils.TrlParser": _hf("trl"),
    "trl.scripts.TrlParser": _hf("trl"),
}
