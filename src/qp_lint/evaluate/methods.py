"""Methods of values that the evaluator models: strings, paths, dicts, lists, files, `super()`."""

from __future__ import annotations

import dataclasses
import posixpath
from typing import TYPE_CHECKING

from qp_lint.evaluate import strings, written
from qp_lint.evaluate.assign import put_entry, set_attribute
from qp_lint.evaluate.attributes import CONFIG_METHODS
from qp_lint.evaluate.calls import Arguments, call, record
from qp_lint.evaluate.items import chosen, get_item
from qp_lint.evaluate.operators import COMBINATIONS, expand, key_of, lift, lift2, present
from qp_lint.evaluate.standard import as_entries, mapping_of
from qp_lint.evaluate.state import blur
from qp_lint.evaluate.values import (
    DATA_BASES,
    Absent,
    Argv,
    Class,
    Command,
    DictObject,
    Instance,
    LibraryInstance,
    Method,
    Opened,
    Parser,
    Path,
    Quiet,
    Super,
    View,
    may_lack,
)
from qp_lint.tree import Choice, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def call_method(run: Interpreter, callee: Method, arguments: Arguments) -> Node:
    """Call a method of a modelled value."""
    from qp_lint.evaluate.parsers import call_parser

    receiver = callee.receiver
    if isinstance(receiver, Path):
        return _path(run, receiver, callee.name, arguments)
    if isinstance(receiver, Scalar):
        return _string(receiver, callee.name, arguments)
    if isinstance(receiver, Mapping):
        return _mapping(run, receiver, callee.name, arguments)
    if isinstance(receiver, Sequence):
        return _sequence(run, receiver, callee.name, arguments)
    if isinstance(receiver, Super):
        return _super(run, receiver, callee.name, arguments)
    if isinstance(receiver, Parser):
        return call_parser(run, receiver, callee.name, arguments)
    if isinstance(receiver, Command):
        from qp_lint.evaluate import commands

        return commands.call_method(run, receiver, callee.name, arguments)
    if isinstance(receiver, Opened):
        if (found := written.opened_method(run, receiver, callee.name, arguments)) is not None:
            return found
        return receiver if callee.name in ("__enter__", "read") else Quiet(span=arguments.span)
    if isinstance(receiver, Argv):
        return Scalar(False) if callee.name in ("endswith", "startswith") else receiver
    if isinstance(receiver, Class):
        return _class(run, receiver, callee.name, arguments)
    if isinstance(receiver, Instance):
        return _data(run, receiver, callee.name, arguments)
    return Unknown(span=arguments.span)


def _class(run: Interpreter, receiver: Class, name: str, arguments: Arguments) -> Node:
    library = receiver.outside()
    if library in DATA_BASES and name in ("model_validate", "parse_obj", "model_construct", "_make"):
        entries, more = expand([mapping_of(arguments.get(0) or Mapping(dict(arguments.keywords)))])
        return call(run, receiver, Arguments((), entries, more or arguments.open, arguments.span, arguments.name_span))
    return call(run, Reference(f"{library}.{name}"), arguments) if library else Unknown(span=arguments.span)


def _data(run: Interpreter, receiver: Instance, name: str, arguments: Arguments) -> Node:
    """Methods that pydantic's models and named tuples have."""
    if name in ("model_dump", "dict", "_asdict"):
        narrowed = any(key in arguments.keywords for key in ("include", "exclude", "exclude_unset", "exclude_defaults"))
        return Mapping(as_entries(receiver), receiver.open or narrowed, span=receiver.span)
    if name in ("model_copy", "copy", "_replace"):
        changes = arguments.get(-1, "update") if name != "_replace" else Mapping(arguments.keywords, arguments.open)
        found, more = expand([changes] if changes is not None else [])
        attributes = {**receiver.attributes, **{key: entry.value for key, entry in found.items()}}
        copy = Instance(receiver.cls, attributes, receiver.open, span=arguments.span)
        if more:
            blur(run, copy)
        return copy
    return Unknown(span=arguments.span)


def _super(run: Interpreter, receiver: Super, name: str, arguments: Arguments) -> Node:
    from qp_lint.evaluate.classes import fill, initialise_library
    from qp_lint.evaluate.parsers import call_parser

    instance = receiver.receiver
    if isinstance(instance, Parser):
        return call_parser(run, instance, name, arguments)
    if isinstance(instance, DictObject):
        return _mapping(run, instance, "update" if name == "__init__" else name, arguments)
    if name == "__init__":
        if isinstance(instance, LibraryInstance):
            initialise_library(run, instance, arguments)
        elif isinstance(instance, Instance) and receiver.cls.bases and receiver.cls.bases[0].is_data():
            fill(run, instance, receiver.cls.bases[0], arguments)
        return Scalar(None)
    if name == "__new__" and isinstance(instance, Class):
        return Instance(instance, span=arguments.span)
    if isinstance(instance, LibraryInstance) and not name.startswith("__"):
        return record(run, f".{name}", arguments, instance)
    return Unknown(span=arguments.span)


def _string(receiver: Scalar, name: str, arguments: Arguments) -> Node:
    keywords = {key: entry.value for key, entry in arguments.keywords.items()}
    if arguments.open:
        return Unknown(span=arguments.span)
    if len(arguments.args) == 1 and not keywords and name != "join":
        return lift2(receiver, arguments.args[0], lambda _, arg: strings.method(receiver, name, (arg,), {}, arguments.span))
    return strings.method(receiver, name, arguments.args, keywords, arguments.span)


def _path(run: Interpreter, receiver: Path, name: str, arguments: Arguments) -> Node:
    text = str(receiver.value)
    if name == "joinpath" and all(isinstance(arg, Scalar) for arg in arguments.args):
        parts = [str(arg.value) for arg in arguments.args if isinstance(arg, Scalar)]
        return Path(posixpath.join(text, *parts), span=receiver.span, via=receiver.via)
    if name in ("resolve", "absolute", "expanduser"):
        return receiver
    if name in ("as_posix", "__str__"):
        return Scalar(text, span=receiver.span, via=receiver.via)
    if name == "open":
        return Opened(receiver, span=arguments.span)
    if name == "write_text":
        written.note_text(run, receiver, arguments.get(0, "data"))
        return Unknown(span=arguments.span)
    if name in ("read_text", "read_bytes"):
        return Opened(receiver, span=arguments.span)
    if name in ("with_suffix", "with_name") and isinstance(argument := arguments.get(0), Scalar):
        stem, _ = posixpath.splitext(text)
        changed = (
            stem + str(argument.value) if name == "with_suffix" else posixpath.join(posixpath.dirname(text), str(argument.value))
        )
        return Path(changed, span=receiver.span, via=receiver.via)
    return Unknown(span=arguments.span)


def _mapping(run: Interpreter, receiver: Mapping, name: str, arguments: Arguments) -> Node:
    entries = receiver.entries
    if name in ("get", "pop", "setdefault"):
        return _lookup(run, receiver, name, arguments)
    if name == "update":
        return _update(run, receiver, arguments)
    if name in ("copy", "to_dict", "to_container"):
        return Mapping(dict(entries), receiver.open, span=receiver.span, via=receiver.via)
    if name in ("keys", "values", "items"):
        maybe = may_lack(*entries.values())
        pairs = [(Scalar(key, span=entry.span), entry.value) for key, entry in entries.items()]
        of: dict[str, list[Node]] = {"keys": [key for key, _ in pairs], "values": [value for _, value in pairs]}
        return Sequence(tuple(of.get(name, [Sequence(pair) for pair in pairs])), receiver.open or maybe)
    if name in ("__setitem__", "__setattr__") and len(arguments.args) == 2:
        put_entry(run, receiver, arguments.args[0], arguments.args[1], arguments.args[0].span)
        return Scalar(None)
    if name in ("__getitem__", "__getattr__", "__getattribute__") and len(arguments.args) == 1:
        return get_item(run, receiver, arguments.args[0], arguments.span)
    if name == "popitem" and entries and not receiver.open:
        key, entry = list(entries.items())[-1]
        run.state.drop(entries, key)
        return Sequence((Scalar(key, span=entry.span), entry.value))
    if name == "clear":
        for key in list(entries):
            run.state.drop(entries, key)
        return Scalar(None)
    if name in CONFIG_METHODS:
        from qp_lint.evaluate.containers import call_config

        return call_config(run, receiver, name, arguments)
    return Unknown(span=arguments.span)


def _update(run: Interpreter, receiver: Mapping, arguments: Arguments) -> Node:
    """`dict.update`: what is not known of the argument may replace any entry."""
    found, more = expand([mapping_of(value) for value in (arguments.get(0),) if value is not None])
    if more or arguments.open:
        blur(run, receiver.of if isinstance(receiver, View) else receiver)
    for key, entry in {**found, **arguments.keywords}.items():
        old = receiver.entries.get(key, Entry(Absent())).value
        new = Entry(present(entry.value, old), entry.span)
        run.state.put(receiver.entries, key, new)
        if isinstance(receiver, View):
            set_attribute(run, receiver.of, key, new.value, new.span)
    return Scalar(None)


def _lookup(run: Interpreter, receiver: Mapping, name: str, arguments: Arguments) -> Node:
    key = arguments.get(0)
    default = arguments.get(1, "default") or Scalar(None)
    if not isinstance(key, Scalar):
        if name != "get":
            blur(run, receiver)
        elif isinstance(key, Choice):
            return lift(key, lambda option: _lookup(run, receiver, name, dataclasses.replace(arguments, args=(option, default))))
        elif not receiver.open and 0 < len(receiver.entries) <= COMBINATIONS:
            return choice([*(present(entry.value, default) for entry in receiver.entries.values()), default])
        return Unknown(span=arguments.span)
    chosen(run, receiver, key, arguments.span)
    text = key_of(key)
    entry = receiver.entries.get(text)
    if entry is None:
        value = choice([default, Unknown()]) if receiver.open else default
    else:
        value = present(entry.value, default)
    if name == "pop":
        run.state.drop(receiver.entries, text)
        if isinstance(receiver, View) and isinstance(receiver.of, Instance):
            run.state.drop(receiver.of.attributes, text)
    elif name == "setdefault" and (entry is None or value is not entry.value):
        put_entry(run, receiver, key, value, key.span)
    return value


def _sequence(run: Interpreter, receiver: Sequence, name: str, arguments: Arguments) -> Node:
    items = receiver.items
    argument = arguments.get(0)
    if name == "add" and any(isinstance(argument, Scalar) and item == argument for item in items):
        return Scalar(None)
    if name in ("append", "add") and argument is not None:
        run.state.field(receiver, "items", (*items, argument))
    elif name in ("extend", "update") and argument is not None:
        known = isinstance(argument, Sequence)
        run.state.field(receiver, "items", (*items, *(argument.items if isinstance(argument, Sequence) else ())))
        if not known or (isinstance(argument, Sequence) and argument.open):
            run.state.field(receiver, "open", True)
    elif name == "insert" and len(arguments.args) == 2 and isinstance(argument, Scalar) and isinstance(argument.value, int):
        changed = list(items)
        changed.insert(argument.value, arguments.args[1])
        run.state.field(receiver, "items", tuple(changed))
    elif name == "copy":
        return Sequence(items, receiver.open, span=receiver.span, via=receiver.via)
    elif name in ("remove", "discard") and isinstance(argument, Scalar):
        kept = tuple(item for item in items if not (isinstance(item, Scalar) and item.value == argument.value))
        run.state.field(receiver, "items", kept)
    elif name == "pop":
        index = argument.value if isinstance(argument, Scalar) and isinstance(argument.value, int) else -1
        if not receiver.open and -len(items) <= index < len(items):
            found = items[index]
            run.state.field(receiver, "items", tuple(item for place, item in enumerate(items) if place != index % len(items)))
            return found
        run.state.field(receiver, "open", True)
        return Unknown(span=arguments.span)
    elif name == "clear":
        run.state.field(receiver, "items", ())
    elif name == "reverse":
        run.state.field(receiver, "items", tuple(reversed(items)))
    elif name == "sort":
        ordered = call(run, Reference("builtins.sorted"), arguments.after(Sequence(items, receiver.open)))
        run.state.field(receiver, "items", ordered.items if isinstance(ordered, Sequence) else ())
        run.state.field(receiver, "open", not isinstance(ordered, Sequence) or ordered.open)
    else:
        return Unknown(span=arguments.span)
    return Scalar(None)
