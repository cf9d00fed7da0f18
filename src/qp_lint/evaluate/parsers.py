"""argparse: parsers, their options, and the values that the launch words or the defaults give them."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.assign import set_attribute
from qp_lint.evaluate.attributes import get_attribute, member, view
from qp_lint.evaluate.calls import Arguments, call, call_with, record
from qp_lint.evaluate.functions import special
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.values import Class, Function, Gone, Instance, Method, Parser, Quiet
from qp_lint.evaluate.words import Option
from qp_lint.tree import Call, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, cover, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

COMMANDS = 8  # subparsers that are told apart where any of them may be chosen
COPIED = ("parse_yaml_and_args",)  # alignment-handbook's, which projects copy as it is: what it does is known, for all classes
FILE_WORDS = 1_000  # that `@file` brings in


def launch_words(run: Interpreter, given: Node | None) -> list[Node] | None:
    """The words that a parser reads: those given to it, else those of the launch; None when not known."""
    if given is not None and not (isinstance(given, Scalar) and given.value is None):
        return list(given.items) if isinstance(given, Sequence) and not given.open else None
    return run.arguments


def call_parser(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    """A method of a parser."""
    from qp_lint.evaluate import dataparsers, jsonargparse, tap

    if name == "__init__":
        _initialise(run, parser, arguments)
        return Scalar(None)
    if name == "add_argument":
        return _add_argument(run, parser, arguments)
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
        given = arguments.get(0)  # jsonargparse takes a mapping, for keys with dots
        listed = given.entries if isinstance(given, Mapping) else {}
        for key, entry in (*listed.items(), *arguments.keywords.items()):
            run.state.put(parser.defaults, key, entry.value)
        if arguments.open or (given is not None and not (isinstance(given, Mapping) and not given.open)):
            run.state.field(parser, "open", True)
            run.state.field(parser, "more", True)
        return Scalar(None)
    if name == "get_default" and (wanted := string(arguments.get(0, "dest"))) is not None:
        own = next((option.default for option in parser.options if option.dest == wanted), None)
        return parser.defaults.get(wanted) or own or Scalar(None)
    if name in ("parse_args", "parse_known_args", "parse_intermixed_args") and parser.kind == "argparse":
        return _parse(run, parser, name, arguments)
    if name in ("error", "exit"):
        run.ended = True
        return Unknown()
    if parser.kind == "jsonargparse":
        return jsonargparse.call_parser(run, parser, name, arguments)
    if parser.kind == "tap":
        return tap.call_parser(run, parser, name, arguments)
    return dataparsers.call_parser(run, parser, name, arguments)


def _add_argument(run: Interpreter, parser: Parser, arguments: Arguments) -> Node:
    from qp_lint.evaluate import jsonargparse

    kind, flag = arguments.get(-1, "type"), arguments.get(0)
    if parser.kind == "jsonargparse" and isinstance(kind, Class) and kind.is_data() and isinstance(flag, Scalar):
        jsonargparse.add_group(run, parser, str(flag.value).lstrip("-"), kind)
    elif (option := _option(run, arguments)) is not None:
        parser.options.append(option)
    else:
        run.state.field(parser, "more", True)
    return Quiet()


def make_parser(run: Interpreter, arguments: Arguments, kind: str = "argparse", cls: Class | None = None) -> Parser:
    """`ArgumentParser(...)`, or the call of a subclass of the project."""
    parser = Parser(kind, span=arguments.span, cls=cls)
    own = cls.attribute("__init__") if cls is not None else None
    if isinstance(own, Function):
        call(run, own, arguments.after(parser))
    else:
        _initialise(run, parser, arguments)
    return parser


def _initialise(run: Interpreter, parser: Parser, arguments: Arguments) -> None:
    """What the library's `__init__` is told."""
    from qp_lint.evaluate import tap

    if parser.kind in ("hf", "trl"):
        classes = arguments.get(0, "dataclass_types")
        listed = list(classes.items) if isinstance(classes, Sequence) else [classes] if classes is not None else []
        parser.classes.extend(item for item in listed if not (isinstance(item, Scalar) and item.value is None))
        return
    if parser.kind == "tap" and parser.cls is not None:
        tap.initialise(run, parser, parser.cls)
        return
    run.state.field(parser, "prefixes", string(arguments.get(-1, "fromfile_prefix_chars")) or "")
    if _is_suppressed(arguments.get(-1, "argument_default")):
        run.state.field(parser, "sparse", True)
    files = arguments.get(-1, "default_config_files")
    if files is not None and not (isinstance(files, Sequence) and not files.items):
        run.state.field(parser, "open", True)
    parents = arguments.get(-1, "parents")
    for parent in parents.items if isinstance(parents, Sequence) else ():
        if isinstance(parent, Parser):
            parser.options.extend(parent.options)
            parser.defaults.update(parent.defaults)


def attribute_of(run: Interpreter, parser: Parser, name: str) -> Node:
    """An attribute that a subclass gives a parser, or a method."""
    if name in parser.attributes:
        return parser.attributes[name]
    if name == "dataclass_types":
        return Sequence(tuple(parser.classes))
    own = member(run, parser, parser.cls, name) if parser.cls is not None and name not in COPIED else None
    return own or Method(parser, name)


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
        custom=action if isinstance(action, Class) else None,
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
    namespace = _namespace(run, parser, line, given, arguments)
    for option in options:
        if option.custom is not None and option.dest in line.values:
            _act(run, parser, option, namespace, line.values[option.dest])
    if name == "parse_known_args":
        return Sequence((namespace, Sequence(tuple(line.rest), given is None)), span=arguments.span)
    return namespace


def _namespace(run: Interpreter, parser: Parser, line: words.Line, given: list[Node] | None, arguments: Arguments) -> Node:
    """The namespace with the values; in one that the program gives, what it holds comes before the defaults."""
    values = values_of(run, parser, line, given)
    namespace = arguments.get(1, "namespace")
    if not isinstance(namespace, (Instance, Call)):
        namespace = Instance(None, span=arguments.span, open=parser.more)
    held = view(namespace).entries
    sure = given is not None and not line.open
    for key, value in values.items():
        old = held[key].value if key in held else None
        if old is not None and key not in line.values:
            value = old if sure else choice([old, Unknown(hint=key)])
        set_attribute(run, namespace, key, value, value.span)
    return namespace


def _act(run: Interpreter, parser: Parser, option: Option, namespace: Node, value: Node) -> None:
    """An `argparse.Action` of the project: its `__call__` does what storing the value does otherwise."""
    set_attribute(run, namespace, option.dest, option.default or Scalar(None), option.span)
    about: dict[str, Node] = {"dest": Scalar(option.dest), "const": option.const or Scalar(None)}
    action = Instance(option.custom if isinstance(option.custom, Class) else None, about, open=True)
    if special(run, action, "__call__", parser, namespace, value, Scalar(next(iter(option.flags), None))) is None:
        set_attribute(run, namespace, option.dest, Unknown(hint=option.dest), option.span)


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
        elif _is_suppressed(option.default) or (parser.sparse and option.default is None):
            if given is None or line.open:
                values[option.dest] = choice([Gone(), Unknown(hint=option.dest)])
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


def _is_suppressed(node: Node | None) -> bool:
    """Whether a default says that there is no attribute unless it is given."""
    return isinstance(node, Reference) and node.name == "argparse.SUPPRESS"


def _deepspeed(run: Interpreter, arguments: Arguments) -> Node | None:
    """`deepspeed.add_config_arguments(parser)` (deepspeed/__init__.py)."""
    parser = arguments.get(0)
    if not isinstance(parser, Parser):
        return None
    span = arguments.name_span
    parser.options.append(Option("deepspeed", ("--deepspeed",), "store_true", span=span))
    parser.options.append(Option("deepspeed_config", ("--deepspeed_config",), span=span))
    return parser


def _engine(run: Interpreter, arguments: Arguments) -> Node | None:
    """`deepspeed.initialize(args=…)`: `args.deepspeed_config` is its configuration (deepspeed/__init__.py)."""
    given = arguments.get(0, "args")
    if given is None or isinstance(given, Scalar) or {"config", "config_params"} & arguments.keywords.keys():
        return None
    config = get_attribute(run, given, "deepspeed_config", given.span)
    keywords = {**arguments.keywords, "config": Entry(config, config.span)}
    return record(run, arguments.name, dataclasses.replace(arguments, keywords=keywords))


KINDS = {
    "argparse.ArgumentParser": "argparse",
    "jsonargparse.ArgumentParser": "jsonargparse",
    "lightning.pytorch.cli.LightningArgumentParser": "jsonargparse",
    "pytorch_lightning.cli.LightningArgumentParser": "jsonargparse",
    "configargparse.ArgumentParser": "argparse",
    "configargparse.ArgParser": "argparse",
    "transformers.HfArgumentParser": "hf",
    "transformers.hf_argparser.HfArgumentParser": "hf",
    "tap.Tap": "tap",
    "tap.tap.Tap": "tap",
    "alignment.H4ArgumentParser": "hf",
    "trl.TrlParser": "trl",
    "trl.scripts.utils.TrlParser": "trl",
    "trl.commands.cli_utils.TrlParser": "trl",
    "trl.scripts.TrlParser": "trl",
}
MODELS: dict[str, Model] = {
    "deepspeed.add_config_arguments": _deepspeed,
    "deepspeed.initialize": _engine,
    **{name: functools.partial(make_parser, kind=kind) for name, kind in KINDS.items()},
}
