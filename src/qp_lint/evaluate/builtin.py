"""Models of Python's built-in functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qp_lint.evaluate.assign import delete_attribute, set_attribute
from qp_lint.evaluate.attributes import get_attribute, view
from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.classes import members_of
from qp_lint.evaluate.functions import special
from qp_lint.evaluate.loops import ITEMS, known_items
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.operators import derived, distinct, expand, layered, lift
from qp_lint.evaluate.standard import mapping_of
from qp_lint.evaluate.state import blur, blurred
from qp_lint.evaluate.strings import show
from qp_lint.evaluate.truth import truth
from qp_lint.evaluate.values import (
    Class,
    DictObject,
    Either,
    Gone,
    Instance,
    LibraryInstance,
    Module,
    Opened,
    Path,
    Quiet,
    Range,
    may_lack,
)
from qp_lint.tree import Call, Choice, Entry, Mapping, Node, Plain, Reference, Scalar, Sequence, Unknown, choice, through

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _length(run: Interpreter, arguments: Arguments) -> Node:
    def length(node: Node) -> Node:
        if isinstance(node, Sequence) and not node.open:
            return Scalar(len(node.items), span=arguments.span)
        if isinstance(node, Mapping) and not node.open and not may_lack(*node.entries.values()):
            return Scalar(len(node.entries), span=arguments.span)
        if isinstance(node, Class) and node.is_enum():
            return Scalar(len(members_of(node)), span=arguments.span)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return derived(len(node.value), arguments.span, node)
        return Unknown(span=arguments.span)

    first = arguments.get(0) or Unknown()
    return special(run, first, "__len__") or lift(first, length)


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
    if first is not None:
        entries, more = expand([mapping_of(first)])
        open_ = open_ or more
    merged, _ = layered(entries, Mapping(arguments.keywords, arguments.open))
    return Mapping(merged, open_, span=arguments.span)


def _sequence(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    if first is None:
        return Sequence(span=arguments.span)
    known = known_items(first, 10_000)
    if known is not None:
        return Sequence(tuple(known), span=first.span or arguments.span, via=first.via)
    return Sequence((), True, span=arguments.span)


def _set(run: Interpreter, arguments: Arguments) -> Node:
    found = _sequence(run, arguments)
    assert isinstance(found, Sequence)
    open_ = found.open or any(not isinstance(item, Scalar) for item in found.items)
    return Sequence(tuple(distinct(list(found.items))), open_, span=found.span, via=found.via)


def _sorted(run: Interpreter, arguments: Arguments) -> Node:
    found = _sequence(run, arguments)
    assert isinstance(found, Sequence)
    items = [item for item in found.items if isinstance(item, Scalar)]
    backwards = arguments.keywords.get("reverse")
    flag = truth(backwards.value) if backwards is not None else False
    if len(items) == len(found.items) and flag is not None and not arguments.keywords.keys() - {"reverse"}:
        try:
            ordered = sorted(items, key=lambda item: item.value, reverse=flag)  # type: ignore[arg-type, return-value]
            return Sequence(tuple(ordered), found.open, span=found.span)
        except TypeError:
            pass
    return Sequence((), True, span=found.span)


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
    if default is not None:
        found = lift(found, lambda option: default if isinstance(option, Gone) else option)
    if default is None or not isinstance(found, Unknown):
        return found
    if isinstance(receiver, Instance) and not receiver.open and not (receiver.cls and receiver.cls.is_special("__getattr__")):
        return default if str(name.value) not in receiver.attributes else found
    return choice([default, found])


def _setattr(run: Interpreter, arguments: Arguments) -> Node:
    if len(arguments.args) == 3:
        receiver, name, value = arguments.args
        if isinstance(name, Scalar):
            set_attribute(run, receiver, str(name.value), value, name.span)
        else:
            blur(run, receiver)
    return Scalar(None)


def _delattr(run: Interpreter, arguments: Arguments) -> Node:
    receiver, name = arguments.get(0), arguments.get(1)
    if receiver is not None and isinstance(name, Scalar):
        delete_attribute(run, receiver, str(name.value))
    elif receiver is not None:
        blur(run, receiver)
    return Scalar(None)


def _hasattr(run: Interpreter, arguments: Arguments) -> Node:
    receiver, name = arguments.get(0), arguments.get(1)
    own = isinstance(receiver, Instance) and receiver.cls is not None and receiver.cls.is_special("__getattr__")
    if isinstance(receiver, Instance) and isinstance(name, Scalar) and not receiver.open and not own:
        text = str(name.value)
        value = receiver.attributes.get(text)
        if value is not None and (receiver.cls is None or receiver.cls.attribute(text) is None):
            return lift(value, lambda option: Scalar(not isinstance(option, Gone), span=arguments.span))
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
    names = list(kinds.items if isinstance(kinds, Sequence) else kinds.options if isinstance(kinds, Either) else [kinds])

    def one(node: Node) -> Node:
        answers = [is_a(node, kind) for kind in names if kind is not None]
        named = {kind.name for kind in names if isinstance(kind, Reference)}
        if True in answers or (isinstance(node, Sequence) and {"builtins.list", "builtins.tuple"} <= named):
            return Scalar(True, span=arguments.span)
        return Unknown(span=arguments.span) if None in answers or not answers else Scalar(False, span=arguments.span)

    return lift(arguments.get(0) or Unknown(), one)


def is_a(node: Node, kind: Node) -> bool | None:
    """Whether a value is an instance of a class, where that is clear."""
    if isinstance(kind, Class):
        if isinstance(node, (Instance, LibraryInstance, DictObject)) and node.cls is not None:
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
        return isinstance(node, _TYPES[name])
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


def _vars(run: Interpreter, arguments: Arguments) -> Node | None:
    first = arguments.get(0)
    return view(first) if isinstance(first, (Call, Instance, Module)) else None


def _globals(run: Interpreter, arguments: Arguments) -> Node | None:
    return view(Module(arguments.scope.file)) if arguments.scope is not None else None


def _exec(run: Interpreter, arguments: Arguments) -> Node:
    """`exec(text)` may give any name of the module another value."""
    names = arguments.scope.file.names if arguments.scope is not None else {}
    for name, value in list(names.items()):
        if name[:2] != "__" and isinstance(value, (Scalar, Sequence, Mapping, Choice)):
            run.state.put(names, name, blurred(value))
    return Scalar(None)


def _type(run: Interpreter, arguments: Arguments) -> Node:
    first = arguments.get(0)
    if isinstance(first, (Instance, LibraryInstance, DictObject)) and first.cls is not None:
        return first.cls

    def one(node: Node) -> Node:
        if isinstance(node, Call):
            return Reference(node.function)
        if type(node) is Scalar or type(node) is Mapping:
            return Reference(f"builtins.{type(node.value).__name__ if isinstance(node, Scalar) else 'dict'}")
        return Unknown(span=arguments.span)

    return lift(first or Unknown(), one)


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
        "set": _set,
        "frozenset": _set,
        "iter": _sequence,
        "sorted": _sorted,
        "range": _range,
        "open": _open,
        "getattr": _getattr,
        "setattr": _setattr,
        "delattr": _delattr,
        "hasattr": _hasattr,
        "isinstance": _isinstance,
        "all": lambda run, arguments: _every(run, arguments, wanted=True),
        "any": lambda run, arguments: _every(run, arguments, wanted=False),
        "min": _extreme(min),
        "max": _extreme(max),
        "sum": _extreme(sum),
        "vars": _vars,
        "globals": _globals,
        "exec": _exec,
        "type": _type,
        "exit": _exit,
        "quit": _exit,
        "print": _nothing,
    }.items()
} | {"sys.exit": _exit, "os._exit": _exit, "os.abort": _exit}
