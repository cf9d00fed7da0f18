"""Parsers that fill data classes: transformers.HfArgumentParser and trl.TrlParser."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, call
from qp_lint.evaluate.classes import default_of
from qp_lint.evaluate.datafiles import open_data
from qp_lint.evaluate.operators import lift
from qp_lint.evaluate.parsers import launch_words, values_of
from qp_lint.evaluate.signatures import annotation_names, converter
from qp_lint.evaluate.values import Class, Instance, Parser
from qp_lint.evaluate.words import Option
from qp_lint.tree import Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, cover, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def call_parser(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    """A method of HfArgumentParser or TrlParser; a tuple with an instance for each data class."""
    if name in ("parse_args_into_dataclasses", "parse_args_and_config", "parse_args", "parse_known_args"):
        return _parse_words(run, parser, name, arguments)
    if name == "parse_yaml_and_args":
        return _parse_yaml_and_words(run, parser, arguments.get(0), arguments.get(1, "other_args"), arguments)
    if name == "parse":
        return _parse(run, parser, arguments)
    if name in ("parse_json_file", "parse_yaml_file"):
        path = arguments.get(0) or next((entry.value for entry in arguments.keywords.values()), Unknown())
        return _from_tree(run, parser, open_data(run, path, arguments.span), arguments)
    if name == "parse_dict":
        return _from_tree(run, parser, arguments.get(0, "args") or Unknown(), arguments)
    return Unknown(span=arguments.span)


def _from_tree(run: Interpreter, parser: Parser, tree: Node, arguments: Arguments) -> Node:
    """The instances that a configuration fills."""

    def filled(option: Node) -> Node:
        known = option if isinstance(option, Mapping) else Mapping(open=True)
        return Sequence(_instances(run, parser, dict(known.entries), arguments, open=known.open))

    return lift(tree, filled)


def _parse_yaml_and_words(run: Interpreter, parser: Parser, path: Node | None, words_: Node | None, arguments: Arguments) -> Node:
    """alignment-handbook's `parse_yaml_and_args` (src/alignment/configs.py): the words `--name=value` win over the file."""
    tree = open_data(run, path or Unknown(), arguments.span)
    given = list(words_.items) if isinstance(words_, Sequence) and not words_.open else None
    options = [option for cls in parser.classes if isinstance(cls, Class) for option in _options(cls)]
    line = words.read(options, given or [], exact=True)
    laid = _unclaimed(line.rest) | {key: Entry(value, value.span) for key, value in line.values.items()}
    open_ = given is None or line.open

    def filled(option: Node) -> Node:
        known = option if isinstance(option, Mapping) else Mapping(open=True)
        return Sequence(_instances(run, parser, {**known.entries, **laid}, arguments, open=known.open or open_))

    return lift(tree, filled)


def _parse(run: Interpreter, parser: Parser, arguments: Arguments) -> Node:
    """alignment-handbook's `parse`: a YAML file as first word, and `--name=value`; else words as always."""
    given = run.arguments
    first = string(given[0]) if given else None
    if given and first is not None and first.endswith(".yaml"):
        found = _parse_yaml_and_words(run, parser, given[0], Sequence(tuple(given[1:])), arguments)
    else:
        found = _parse_words(run, parser, "parse_args_into_dataclasses", arguments)
    return lift(found, lambda option: option.items[0] if isinstance(option, Sequence) and len(option.items) == 1 else option)


def _parse_words(run: Interpreter, parser: Parser, name: str, arguments: Arguments) -> Node:
    given = launch_words(run, arguments.get(0, "args"))
    options = [option for cls in parser.classes if isinstance(cls, Class) for option in _options(cls)]
    if parser.kind == "trl":
        options.append(Option("config", ("--config",)))
    line = words.read([*options, *parser.options], given or [], lenient=True)
    values = {key: Entry(value, value.span) for key, value in parser.defaults.items()}
    values |= _file_values(run, line, arguments) if parser.kind == "trl" else {}
    # the command line wins over the file, also for options of the library's classes
    given_values = _unclaimed(line.rest) | {key: Entry(value, value.span) for key, value in line.values.items()}
    for key in values.keys() & given_values.keys():
        cover(run.covers, key, given_values[key].value, values[key].value)
    values |= given_values
    instances = list(_instances(run, parser, values, arguments, open=given is None or line.open or parser.open))
    if parser.options:  # of `add_argument`
        instances.append(Instance(None, values_of(run, parser, line, given), parser.more, span=arguments.span))
    if isinstance(wanted := arguments.get(-1, "return_remaining_strings"), Scalar) and wanted.value:
        instances.append(Sequence(tuple(line.rest), given is None))
    return Sequence(tuple(instances), span=arguments.span)


def _file_values(run: Interpreter, line: words.Line, arguments: Arguments) -> dict[str, Entry]:
    """What `--config file.yaml` of TrlParser sets (trl/scripts/utils.py); its `env` goes into the environment."""
    path = line.values.pop("config", None)
    if path is None:
        return {}
    tree = open_data(run, path, arguments.span)
    if not isinstance(tree, Mapping):
        line.open = True
        return {}
    values = dict(tree.entries)
    env = values.pop("env", None)
    if env is not None and isinstance(env.value, Mapping):
        for name, entry in env.value.entries.items():
            run.state.put(run.env, name, entry.value)
    return values


def _unclaimed(rest: list[Node]) -> dict[str, Entry]:
    """The options that no data class of the project has, by name: those of the library's classes."""
    found: dict[str, list[Node]] = {}
    places: dict[str, Scalar] = {}
    name = ""
    for word in rest:
        if told := words.option_of(word):
            name = told.lstrip("-").replace("-", "_")
            places[name], found[name] = Scalar(told, told, span=word.span), [word]
            continue
        text = str(word.value) if isinstance(word, Scalar) else ""
        if isinstance(word, Scalar) and words.is_flag(text):
            name, sign, inline = text.lstrip("-").partition("=")
            name = name.replace("-", "_")
            places[name] = word
            found[name] = [dataclasses.replace(word, value=inline, raw=inline)] if sign else []
        elif name:
            found[name].append(word)
    entries: dict[str, Entry] = {}
    for name, taken in found.items():
        flag = places[name]
        if not taken and name.startswith("no_"):
            entries[name[3:]] = Entry(Scalar(False, span=flag.span), flag.span)
        one = words.as_switch(taken[0]) if taken else Scalar(True, span=flag.span)
        value = Sequence(tuple(taken), span=flag.span) if len(taken) > 1 else one
        entries[name] = Entry(value, flag.span)
    return entries


def _options(cls: Class) -> list[Option]:
    """The options of the fields of a data class of the project."""
    options: list[Option] = []
    for member in cls.fields().values():
        kinds = annotation_names(member.scope, member.annotation)
        flag = f"--{member.name}"
        if "bool" in kinds:
            options.append(Option(member.name, (flag,), convert=words.as_boolean, values="?", span=member.span))
            options.append(Option(member.name, (f"--no_{member.name}",), "store_false", span=member.span))
            continue
        many = "*" if kinds & {"list", "List"} else None
        options.append(Option(member.name, (flag,), convert=converter(kinds), values=many, span=member.span))
    return options


def _instances(
    run: Interpreter, parser: Parser, values: dict[str, Entry], arguments: Arguments, *, open: bool
) -> tuple[Node, ...]:
    """An instance of each class of the parser; what no class of the project has a field for goes to the library's."""
    claimed = {name for cls in parser.classes if isinstance(cls, Class) for name in cls.fields()}
    return tuple(_instance(run, cls, values, arguments, claimed, open=open) for cls in parser.classes)


def _instance(
    run: Interpreter, cls: Node, values: dict[str, Entry], arguments: Arguments, claimed: set[str], *, open: bool
) -> Node:
    """An instance of a data class with these values; `open`: others may be given that are not known."""
    place = dataclasses.replace(arguments, args=(), keywords=values, open=open, name_span=cls.span or arguments.name_span)
    if isinstance(cls, Reference):
        free = {name: entry for name, entry in values.items() if name not in claimed}
        return call(run, cls, dataclasses.replace(place, keywords=free))
    if not isinstance(cls, Class):
        return Unknown(span=arguments.span)
    fields = cls.fields()
    library = cls.outside()
    keywords = {name: entry for name, entry in values.items() if name in fields or (library and name not in claimed)}
    for name, member in fields.items():
        if name not in keywords:
            default = default_of(run, member)
            keywords[name] = Entry(choice([default, Unknown(hint=name)]) if open else default, member.span)
    return call(run, cls, dataclasses.replace(place, keywords=keywords, open=open and bool(library)))
