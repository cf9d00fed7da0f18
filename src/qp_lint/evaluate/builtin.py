"""Models of Python's built-in functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate.assign import set_attribute
from qp_lint.evaluate.attributes import get_attribute
from qp_lint.evaluate.calls import Arguments, call_with
from qp_lint.evaluate.loops import ITEMS, known_items
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.operators import derived, expand, lift
from qp_lint.evaluate.strings import show
from qp_lint.evaluate.truth import truth
from qp_lint.evaluate.values import Class, Instance, LibraryInstance, Opened, Path, Quiet, Range
from qp_lint.tree import Call, Entry, Mapping, Node, Plain, Reference, Scalar, Sequence, Unknown, choice, through

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _length(run: Interpreter, arguments: Arguments) -> Node:
    def length(node: Node) -> Node:
        if isinstance(node, Sequence) and not node.open:
            return Scalar(len(node.items), span=arguments.span)
        if isinstance(node, Mapping) and not node.open:
            return Scalar(len(node.entries), span=arguments.span)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return derived(len(node.value), arguments.span, node)
        return Unknown(span=arguments.span)

    return lift(arguments.get(0) or Unknown(), length)


def _converter(convert: Callable[[Plain], Plain]) -> Model:
    def model(run: Interpreter, arguments: Arguments) -> Node:
        if len(arguments.args) != 1 or arguments.keywords:
            return Unknown(span=arguments.span)

        def one(node: Node) -> Node:
            if not isinstance(node, Scalar):
                return Unknown(hint=node.hint if isinstance(node, Unknown) else "", span=arguments.span)
            try:
                return derived(convert(node.value), arguments.span, node)
            except (TypeError, ValueError, OverflowError):
                return Unknown(span=arguments.span)

        return lift(arguments.args[0], one)

    return model


def _int(value: Plain) -> Plain:
    if isinstance(value, str) and len(value) > 300:
        raise ValueError("too long")
    return int(value)  # type: ignore[arg-type]


def _boolean(run: Interpreter, arguments: Arguments) -> Node:
    node = arguments.get(0)
    if node is None:
        return Scalar(False, span=arguments.span)
    return lift(node, lambda option: option if (known := truth(option)) is None else derived(known, arguments.span, option))


def _string(run: Interpreter, arguments: Arguments) -> Node:
    def one(node: Node) -> Node:
        text = show(node)
        if text is not None:
            return derived(text, arguments.span, node)
        return Scalar(node.name, span=node.span, via=node.via) if isinstance(node, Reference) else Unknown(span=arguments.span)

    return lift(arguments.get(0) or Scalar(""), one)


def _mapping(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    entries: dict[str, Entry] = {}
    open_ = arguments.open
    if isinstance(first, Sequence):
        for item in first.items:
            if isinstance(item, Sequence) and len(item.items) == 2 and isinstance(item.items[0], Scalar):
                entries[str(item.items[0].value)] = Entry(item.items[1], item.items[0].span)
            else:
                open_ = True
        open_ = open_ or first.open
    elif first is not None:
        entries, more = expand([first])
        open_ = open_ or more
    return Mapping({**entries, **arguments.keywords}, open_, span=arguments.span)


def _sequence(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    if first is None:
        return Sequence(span=arguments.span)
    known = known_items(first, 10_000)
    if known is not None:
        return Sequence(tuple(known), span=first.span or arguments.span, via=first.via)
    return Sequence((), True, span=arguments.span)


def _sorted(run: Interpreter, arguments: Arguments) -> Node:
    found = _sequence(run, arguments)
    assert isinstance(found, Sequence)
    items = [item for item in found.items if isinstance(item, Scalar)]
    if len(items) == len(found.items) and not arguments.keywords:
        try:
            ordered = sorted(items, key=lambda item: item.value)  # type: ignore[arg-type, return-value]
            return Sequence(tuple(ordered), found.open, span=found.span)
        except TypeError:
            pass
    return Sequence(found.items, True, span=found.span)


def _enumerate(run: Interpreter, arguments: Arguments) -> Node:
    known = known_items(arguments.get(0) or Unknown(), ITEMS)
    if known is None or len(arguments.args) > 1 or arguments.keywords:
        return Unknown(span=arguments.span)
    return Sequence(tuple(Sequence((Scalar(index), item)) for index, item in enumerate(known)))


def _zip(run: Interpreter, arguments: Arguments) -> Node:
    known = [known_items(arg, ITEMS) for arg in arguments.args]
    lists = [items for items in known if items is not None]
    if len(lists) != len(known) or not lists:
        return Unknown(span=arguments.span)
    return Sequence(tuple(Sequence(items) for items in zip(*lists, strict=False)))


def _range(run: Interpreter, arguments: Arguments) -> Node:
    bounds = [arg.value for arg in arguments.args if isinstance(arg, Scalar) and isinstance(arg.value, int)]
    if len(bounds) == len(arguments.args) and 1 <= len(bounds) <= 3 and 0 not in bounds[2:]:
        numbers = range(*bounds)
        if len(numbers) <= ITEMS:
            return Range(tuple(Scalar(number) for number in numbers), span=arguments.span)
    return Range((), True, span=arguments.span)


def _open(run: Interpreter, arguments: Arguments) -> Node:
    return Opened(arguments.get(0, "file") or Unknown(), span=arguments.span)


def _getattr(run: Interpreter, arguments: Arguments) -> Node:
    receiver, name = arguments.get(0), arguments.get(1)
    if receiver is None or not isinstance(name, Scalar):
        return Unknown(span=arguments.span)
    found = get_attribute(run, receiver, str(name.value), arguments.span)
    if isinstance(found, Reference):
        return through(found, name.span, *name.via)
    default = arguments.get(2)
    if default is None or not isinstance(found, Unknown):
        return found
    if isinstance(receiver, Instance) and receiver.cls is None and not receiver.open:
        return default
    return choice([default, found])


def _setattr(run: Interpreter, arguments: Arguments) -> Node:
    if len(arguments.args) == 3 and isinstance(name := arguments.args[1], Scalar):
        set_attribute(run, arguments.args[0], str(name.value), arguments.args[2], name.span)
    return Scalar(None)


def _hasattr(run: Interpreter, arguments: Arguments) -> Node:
    receiver, name = arguments.get(0), arguments.get(1)
    if isinstance(receiver, Instance) and isinstance(name, Scalar) and not receiver.open:
        text = str(name.value)
        found = text in receiver.attributes or (receiver.cls is not None and receiver.cls.attribute(text) is not None)
        return Scalar(found, span=arguments.span)
    return Unknown(span=arguments.span)


_TYPES: dict[str, type] = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": float,
    "dict": Mapping,
    "list": Sequence,
    "tuple": Sequence,
}


def _isinstance(run: Interpreter, arguments: Arguments) -> Node:
    kinds = arguments.get(1)
    names = list(kinds.items) if isinstance(kinds, Sequence) else [kinds]

    def one(node: Node) -> Node:
        answers = [_is_a(node, kind) for kind in names if kind is not None]
        if True in answers:
            return Scalar(True, span=arguments.span)
        return Unknown(span=arguments.span) if None in answers or not answers else Scalar(False, span=arguments.span)

    return lift(arguments.get(0) or Unknown(), one)


def _is_a(node: Node, kind: Node) -> bool | None:
    """Whether a value is an instance of a class, where that is clear."""
    if isinstance(kind, Class):
        if isinstance(node, (Instance, LibraryInstance)) and node.cls is not None:
            return kind in node.cls.lineage()
        return False if isinstance(node, (Scalar, Mapping, Sequence)) else None
    if not isinstance(kind, Reference):
        return None
    name = kind.name.removeprefix("builtins.")
    if isinstance(node, Path):
        return name == "pathlib.Path" if name in _TYPES or name == "pathlib.Path" else None
    if isinstance(node, Scalar) and name in _TYPES:
        wanted = _TYPES[name]
        return isinstance(node.value, wanted) if wanted not in (Mapping, Sequence) else False
    if isinstance(node, (Mapping, Sequence)) and name in _TYPES:
        if name in ("list", "tuple") and isinstance(node, Sequence):
            return None
        return _TYPES[name] is type(node)
    if isinstance(node, Call):
        return True if node.function == kind.name else False if name in _TYPES else None
    return None


def _every(run: Interpreter, arguments: Arguments, *, wanted: bool) -> Node:
    items = arguments.get(0)
    if not isinstance(items, Sequence):
        return Unknown(span=arguments.span)
    answers = [truth(item) for item in items.items]
    if (not wanted) in answers:
        return Scalar(not wanted, span=arguments.span)
    return Unknown(span=arguments.span) if None in answers or items.open else Scalar(wanted, span=arguments.span)


def _extreme(pick: Callable[..., Plain]) -> Model:
    def model(run: Interpreter, arguments: Arguments) -> Node:
        first = arguments.get(0)
        items = first.items if len(arguments.args) == 1 and isinstance(first, Sequence) else arguments.args
        numbers = [item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, (int, float))]
        if not numbers or len(numbers) != len(items) or arguments.keywords:
            return Unknown(span=arguments.span)
        return derived(pick(numbers), arguments.span, *items)

    return model


def _next(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    if isinstance(first, Sequence) and first.items and not first.open:
        return first.items[0]
    default = arguments.get(1)
    return default if default is not None and isinstance(first, Sequence) and not first.open else Unknown(span=arguments.span)


def _map(run: Interpreter, arguments: Arguments) -> Node:
    known = known_items(arguments.get(1) or Unknown(), ITEMS) if len(arguments.args) == 2 else None
    if known is None:
        return Sequence((), True, span=arguments.span)
    return Sequence(tuple(call_with(run, arguments.args[0], item) for item in known), span=arguments.span)


def _vars(run: Interpreter, arguments: Arguments) -> Node | None:
    first = arguments.get(0)
    if isinstance(first, Call):
        return Mapping(first.keywords, True, span=first.span)
    return get_attribute(run, first, "__dict__", arguments.span) if isinstance(first, Instance) else None


def _type(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    if isinstance(first, (Instance, LibraryInstance)) and first.cls is not None:
        return first.cls
    return Reference(first.function) if isinstance(first, Call) else Unknown(span=arguments.span)


def _exit(run: Interpreter, arguments: Arguments) -> Node:
    run.ended = True
    return Unknown()


def _nothing(run: Interpreter, arguments: Arguments) -> Node:
    return Quiet(span=arguments.span)


MODELS: dict[str, Model] = {
    f"builtins.{name}": model
    for name, model in {
        "len": _length,
        "int": _converter(_int),
        "float": _converter(float),  # type: ignore[arg-type]
        "abs": _converter(abs),  # type: ignore[arg-type]
        "round": _converter(round),  # type: ignore[arg-type]
        "str": _string,
        "bool": _boolean,
        "dict": _mapping,
        "list": _sequence,
        "tuple": _sequence,
        "set": _sequence,
        "frozenset": _sequence,
        "iter": _sequence,
        "sorted": _sorted,
        "enumerate": _enumerate,
        "zip": _zip,
        "range": _range,
        "open": _open,
        "getattr": _getattr,
        "setattr": _setattr,
        "hasattr": _hasattr,
        "isinstance": _isinstance,
        "all": lambda run, arguments: _every(run, arguments, wanted=True),
        "any": lambda run, arguments: _every(run, arguments, wanted=False),
        "min": _extreme(min),
        "max": _extreme(max),
        "sum": _extreme(sum),
        "next": _next,
        "map": _map,
        "vars": _vars,
        "type": _type,
        "exit": _exit,
        "quit": _exit,
        "print": _nothing,
    }.items()
} | {"sys.exit": _exit, "os._exit": _exit, "os.abort": _exit}
