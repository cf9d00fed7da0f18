"""Arithmetic, comparisons and boolean operators on values, of which some are not known."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qp_lint.evaluate.state import blurred
from qp_lint.evaluate.truth import is_object, truth
from qp_lint.evaluate.values import (
    Absent,
    Class,
    Comparison,
    Either,
    EnumMember,
    Function,
    Instance,
    LibraryInstance,
    Module,
    Negation,
    Path,
)
from qp_lint.text import Span
from qp_lint.tree import Choice, Entry, Mapping, Node, Plain, Reference, Scalar, Sequence, Unknown, choice, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

LONGEST = 100_000  # characters of a computed string
COMBINATIONS = 16  # of the options of two values
GENERIC = frozenset(f"builtins.{name}" for name in ("list", "dict", "tuple", "set", "frozenset", "type"))  # may be `list[str]`


def derived(value: Plain, span: Span | None, *operands: Node) -> Scalar:
    """A computed value: where its only written operand stands, else where it is computed."""
    written = [node for node in operands if node.span is not None]
    if len({node.span for node in written}) == 1 and isinstance(written[0], Scalar):
        node = written[0]
        return Scalar(value, span=node.span, via=node.via)
    places = tuple(node.span for node in written if node.span is not None and not _within(node.span, span))
    return Scalar(value, span=span, via=places[:4])


def _within(inner: Span, outer: Span | None) -> bool:
    return outer is not None and outer.covers(inner)


def lift(node: Node, convert: Callable[[Node], Node]) -> Node:
    """`convert` applied to a value, or to every option of a Choice."""
    if not isinstance(node, Choice):
        return convert(node)
    options = [lift(option, convert) for option in node.options]
    return choice(options, span=node.span, branch=node.branch)


def lift2(left: Node, right: Node, convert: Callable[[Node, Node], Node]) -> Node:
    """`convert` applied to all combinations of the options of two values."""
    if len(leaves(left)) * len(leaves(right)) > COMBINATIONS:
        return Unknown()
    if isinstance(left, Choice) and isinstance(right, Choice) and left.branch is not None and left.branch == right.branch:
        pairs = zip(left.options, right.options, strict=False)
        return choice([lift2(first, second, convert) for first, second in pairs], branch=left.branch)
    return lift(left, lambda first: lift(right, lambda second: convert(first, second)))


def binary(run: Interpreter, name: str, left: Node, right: Node, span: Span | None) -> Node:
    """`left + right` and the other arithmetic operators; `name` is libcst's (`Add`)."""
    return lift2(left, right, lambda first, second: _binary(run, name, first, second, span))


def _binary(run: Interpreter, name: str, left: Node, right: Node, span: Span | None) -> Node:
    if isinstance(left, Path) or (isinstance(right, Path) and name == "Divide"):
        if name == "Divide" and isinstance(left, Scalar) and isinstance(right, Scalar):
            import posixpath

            joined = posixpath.join(str(left.value), str(right.value))
            found = derived(joined, span, left, right)
            return Path(joined, span=found.span, via=found.via)
        return Unknown(span=span)
    if isinstance(left, Scalar) and name == "Modulo" and isinstance(left.value, str):
        from qp_lint.evaluate.strings import percent

        return percent(left, right, span)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return _arithmetic(name, left, right, span)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and name == "Add":
        return Sequence(left.items + right.items, left.open or right.open, span=span)
    if isinstance(left, Sequence) and name == "Add":
        return Sequence(left.items, True, span=span)
    if name == "BitOr" and _is_type(left) and _is_type(right):
        parts = [part for side in (left, right) for part in (side.options if isinstance(side, Either) else (side,))]
        return Either(tuple(parts), span=span)
    if isinstance(left, Mapping) and isinstance(right, Mapping) and name == "BitOr":
        entries, more = layered(left.entries, right)
        return Mapping(entries, left.open or more, span=span)
    if isinstance(left, Mapping) and name == "BitOr" and not isinstance(right, Scalar):
        return Mapping(layered(left.entries, right)[0], True, span=span)
    return Unknown(span=span)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "Divide": operator.truediv,
    "FloorDivide": operator.floordiv,
    "Modulo": operator.mod,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
}


def _arithmetic(name: str, left: Scalar, right: Scalar, span: Span | None) -> Node:
    first, second = left.value, right.value
    function = _ARITHMETIC.get(name)
    if (
        name == "Power"
        and isinstance(first, (int, float))
        and isinstance(second, int)
        and 0 <= second <= 64
        and abs(first) <= 1e6
    ):
        return derived(first**second, span, left, right)
    if function is None or (name == "Multiply" and _too_long(first, second)):
        return Unknown(span=span)
    try:
        result = function(first, second)
    except (TypeError, ValueError, ArithmeticError):
        return Unknown(span=span)
    if isinstance(result, str) and len(result) > LONGEST:
        return Unknown(span=span)
    if isinstance(result, int) and not isinstance(result, bool) and abs(result) > 1 << 128:
        return Unknown(span=span)
    return derived(result, span, left, right)


def _is_type(node: Node) -> bool:
    return isinstance(node, (Class, Either)) or (isinstance(node, Reference) and node.name.startswith("builtins."))


def _too_long(first: Plain, second: Plain) -> bool:
    text, count = (first, second) if isinstance(first, str) else (second, first)
    return isinstance(text, str) and isinstance(count, int) and len(text) * count > LONGEST


def negate(run: Interpreter, node: Node, span: Span | None) -> Node:
    """`not node`; of an unknown value always the same one, so that a branch on it is recognised."""
    if isinstance(node, Choice) and (node.branch is not None or truth(node) is not None):
        return lift(node, lambda option: negate(run, option, span))
    known = truth(node)
    if known is not None:
        written = node.span is not None and not _within(node.span, span)
        return Scalar(not known, span=span, via=(node.span,) if written and node.span is not None else node.via)
    return node.operand if isinstance(node, Negation) else Negation(span=span, operand=node)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Equal": operator.eq,
    "NotEqual": operator.ne,
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
}


def compare(run: Interpreter, name: str, left: Node, right: Node, span: Span | None) -> Node:
    """`left < right` and the other comparisons; `name` is libcst's (`LessThan`, `NotIn`)."""
    if name in ("NotEqual", "NotIn", "IsNot"):
        positive = {"NotEqual": "Equal", "NotIn": "In", "IsNot": "Is"}[name]
        return negate(run, compare(run, positive, left, right, span), span)
    result = _membership(left, right, span) if name == "In" else None
    if result is None:
        result = lift2(left, right, lambda first, second: _compare(name, first, second, span))
    if all(isinstance(option, Scalar) for option in leaves(result)) and (
        not isinstance(result, Choice) or result.branch is not None
    ):
        return result
    return run.comparison(name, left, right, lambda: _unknown_comparison(name, left, right, span))


def _membership(item: Node, container: Node, span: Span | None) -> Node | None:
    """`item in container` where the key is there on some sides of a branch only; None for all other cases."""
    if not isinstance(container, Mapping) or not isinstance(item, Scalar):
        return None
    found = container.entries.get(key_of(item))
    if found is None or not any(isinstance(option, Absent) for option in leaves(found.value)):
        return None
    return lift(found.value, lambda option: Scalar(not isinstance(option, Absent), span=span))


def _unknown_comparison(name: str, left: Node, right: Node, span: Span | None) -> Node:
    if name not in ("Equal", "Is", "In") or not isinstance(right, (Scalar, Sequence)):
        return Comparison(span=span, subject=left)
    options = leaves(left)
    same = [option for option in options if _decided(name, option, right) is not False]
    others = [option for option in options if _decided(name, option, right) is not True]
    narrowed = choice(same) if same and len(same) < len(options) else None
    if isinstance(right, Scalar) and (not same or any(isinstance(option, Unknown) for option in same)):
        narrowed = right
    return Comparison(
        span=span,
        subject=left,
        narrowed=narrowed,
        otherwise=choice(others) if others and len(others) < len(options) else None,
    )


def _decided(name: str, left: Node, right: Node) -> bool | None:
    found = _compare(name, left, right, None)
    return bool(found.value) if isinstance(found, Scalar) else None


def _compare(name: str, left: Node, right: Node, span: Span | None) -> Node:
    answer: bool | None = None
    if name == "In":
        answer = _contains(right, left)
    elif isinstance(left, EnumMember) or isinstance(right, EnumMember):
        answer = _member(name, left, right)
    elif isinstance(left, Scalar) and isinstance(right, Scalar):
        answer = _plain(name, left.value, right.value)
    elif name in ("Is", "Equal"):
        answer = _same(left, right)
    if answer is None:
        return Unknown(span=span)
    places = (side.span for side in (left, right) if isinstance(side, Scalar))
    return Scalar(answer, span=span, via=tuple(place for place in places if place is not None and not _within(place, span)))


def _plain(name: str, left: Plain, right: Plain) -> bool | None:
    if name == "Is":
        return left is right if left is None or right is None or isinstance(left, bool) or isinstance(right, bool) else None
    try:
        return bool(_COMPARE[name](left, right))
    except (TypeError, KeyError):
        return None


def _member(name: str, left: Node, right: Node) -> bool | None:
    """Comparison with a member of an enumeration."""
    if isinstance(left, EnumMember) and isinstance(right, EnumMember) and left.cls is right.cls:
        same = left.value == right.value
        return same if name in ("Is", "Equal") else _plain(name, left.value, right.value)
    if not isinstance(left, Scalar) or not isinstance(right, Scalar):
        return None
    if name == "Is":
        return False
    plain = all(not isinstance(side, EnumMember) or side.is_plain() for side in (left, right))
    return _plain(name, left.value, right.value) if plain else False if name == "Equal" else None


def _same(left: Node, right: Node) -> bool | None:
    """Whether two values, not both plain, are the same; None where that is not known."""
    if isinstance(left, Scalar):
        left, right = right, left
    if isinstance(right, Scalar) and right.value is None:
        objects = (Mapping, Sequence, Instance, LibraryInstance, Class, Function, Module, Reference)
        return False if isinstance(left, objects) or is_object(left) else None
    if isinstance(left, Reference) and isinstance(right, Reference):
        known = _constant(left) and _constant(right) and not (left.name == right.name and left.name in GENERIC)
        return left.name == right.name if known else None
    if isinstance(left, (Mapping, Sequence)) and isinstance(right, Scalar):
        return False
    if isinstance(left, Sequence) and isinstance(right, Sequence) and not (left.open or right.open):
        pairs = list(zip(left.items, right.items, strict=False))
        found = [_decided("Equal", first, second) for first, second in pairs]
        if len(left.items) != len(right.items) or False in found:
            return False
        return None if None in found else True
    if left is right:
        own = isinstance(left, (Instance, LibraryInstance)) and left.cls is not None and left.cls.is_special("__eq__")
        return None if own else True
    if isinstance(left, Class) and isinstance(right, Class):
        return False
    if isinstance(left, Instance) and isinstance(right, Instance) and left.cls is not None:
        return None if left.cls.is_data() or left.cls.is_special("__eq__") else False
    return None


def _constant(node: Reference) -> bool:
    """Whether a library name names one thing that equals no other name: a dtype, a built-in type."""
    return node.name.startswith(("torch.", "builtins.")) and node.name.count(".") == 1


def _contains(container: Node, item: Node) -> bool | None:
    if isinstance(container, Scalar):
        if isinstance(container.value, str) and isinstance(item, Scalar) and isinstance(item.value, str):
            return item.value in container.value
        return None
    if isinstance(container, Mapping) and isinstance(item, Scalar):
        found = container.entries.get(key_of(item))
        return None if found is None and container.open else found is not None
    if isinstance(container, Reference) and container.name == "os.environ":
        return None
    if isinstance(container, Sequence):
        answers = [_decided("Equal", item, option) for option in container.items]
        if True in answers:
            return True
        return None if None in answers or container.open else False
    return None


def distinct(items: list[Node]) -> list[Node]:
    """The items of a set."""
    plain = {item.value: item for item in reversed(items) if isinstance(item, Scalar)}
    return [item for item in items if not isinstance(item, Scalar) or plain[item.value] is item]


def key_of(node: Scalar) -> str:
    """The text by which a mapping has a key; a member of an enumeration is not its value."""
    if isinstance(node, EnumMember) and not node.is_plain() and node.cls is not None:
        return f"{node.cls.name}.{node.name}"
    return str(node.value)


def layered(entries: dict[str, Entry], node: Node) -> tuple[dict[str, Entry], bool]:
    """What `{**entries, **node}` has, and whether there may be more: what is not known of `node` may replace any entry."""
    found, more = expand([node])
    if more:
        entries = {name: Entry(blurred(entry.value), entry.span) for name, entry in entries.items()}
    merged = dict(entries)
    for name, entry in found.items():
        old = entries.get(name, Entry(Absent()))
        merged[name] = Entry(present(entry.value, old.value), entry.span)
    return merged, more


def present(node: Node, default: Node) -> Node:
    """A value with `default` where it is absent."""
    return lift(node, lambda option: default if isinstance(option, Absent) else option)


def expand(mappings: list[Node]) -> tuple[dict[str, Entry], bool]:
    """The entries of `**value` for each value, later ones winning, and whether there may be more."""
    entries: dict[str, Entry] = {}
    open_ = False
    for node in mappings:
        found, more = _entries(node)
        entries.update(found)
        open_ = open_ or more
    return entries, open_


def _entries(node: Node) -> tuple[dict[str, Entry], bool]:
    if isinstance(node, Mapping):
        return node.entries, node.open
    if isinstance(node, Instance) and node.cls is None:
        return {name: Entry(value) for name, value in node.attributes.items()}, node.open
    if isinstance(node, Choice):
        found = [_entries(option) for option in node.options]
        names = dict.fromkeys(name for entries, _ in found for name in entries)
        merged: dict[str, Entry] = {}
        for name in names:
            options = [entries[name].value if name in entries else Unknown() if more else Absent() for entries, more in found]
            first = next(entries[name] for entries, _ in found if name in entries)
            merged[name] = Entry(choice(options, branch=node.branch), first.span)
        return merged, any(more for _, more in found)
    if isinstance(node, Scalar) and node.value is None:
        return {}, False
    return {}, True
