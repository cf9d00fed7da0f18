"""Items: `value[key]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qp_lint.evaluate.attributes import part
from qp_lint.evaluate.calls import call_with, items_of
from qp_lint.evaluate.functions import special
from qp_lint.evaluate.operators import derived, key_of, lift2
from qp_lint.evaluate.values import Argv, Class, Defaults, EnumMember, Function, Instance, Quiet
from qp_lint.text import Span
from qp_lint.tree import Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def get_item(run: Interpreter, receiver: Node, key: Node, span: Span | None, *, sliced: bool = False) -> Node:
    """The item of a value; `key` holds the bounds when it is a slice."""
    if sliced:
        return _slice(receiver, key, span)
    return lift2(receiver, key, lambda value, wanted: _item(run, value, wanted, span))


def chosen(run: Interpreter, receiver: Mapping, key: Scalar, span: Span | None) -> None:
    """Keep which entry a key that is written elsewhere chooses: its value, or the function that it names."""
    entry = receiver.entries.get(key_of(key))
    if entry is None or key.span is None or span is None or span.covers(key.span):
        return
    run.decided(key, span, entry.value.span)
    if isinstance(entry.value, Function):
        run.decided(key, span, entry.value.scope.file.span(entry.value.node))


def _item(run: Interpreter, receiver: Node, key: Node, span: Span | None) -> Node:
    if isinstance(receiver, Mapping):
        return _entry(run, receiver, key, span)
    if isinstance(receiver, Sequence):
        return _element(receiver, key, span)
    name = str(key.value) if isinstance(key, Scalar) else ""
    if isinstance(receiver, Reference) and receiver.name == "sys.modules":
        return next((module for module in run.files.values() if module.file.name == name), Unknown(span=span))
    if isinstance(receiver, Reference):
        if receiver.name == "os.environ" and name:
            return run.variable(name) or run.unset_variable(name)
        return receiver  # a generic alias
    if isinstance(receiver, Instance) and receiver.cls is None and name in receiver.attributes:
        return receiver.attributes[name]
    if isinstance(receiver, Class):
        found = receiver.attributes.get(name)
        return found if isinstance(found, EnumMember) else Unknown(span=span)
    if (given := special(run, receiver, "__getitem__", key)) is not None:
        return given
    if isinstance(receiver, Instance) and (items := items_of(receiver)) is not None:
        return _element(Sequence(tuple(items)), key, span)
    if isinstance(receiver, Scalar):
        return _character(receiver, key, span)
    if isinstance(receiver, (Quiet, Argv)):
        return receiver
    return part(run, receiver, f"[{name}]", span) if name else Unknown(span=span)


def _entry(run: Interpreter, receiver: Mapping, key: Node, span: Span | None) -> Node:
    if isinstance(key, Scalar):
        entry = receiver.entries.get(key_of(key))
        if entry is None and isinstance(receiver, Defaults) and not receiver.open:
            entry = Entry(call_with(run, receiver.factory), key.span)
            run.state.put(receiver.entries, key_of(key), entry)
        return entry.value if entry is not None else Unknown(hint=str(key.value), span=span)
    values = [entry.value for entry in receiver.entries.values()]
    if receiver.open or not 0 < len(values) <= 16:
        return Unknown(span=span)
    return choice(values)


def _element(receiver: Sequence, key: Node, span: Span | None) -> Node:
    index = key.value if isinstance(key, Scalar) else None
    if isinstance(index, int) and -len(receiver.items) <= index < len(receiver.items) and not (receiver.open and index < 0):
        return receiver.items[index]
    if index is None and not receiver.open and 0 < len(receiver.items) <= 16:
        return choice(list(receiver.items))
    return Unknown(span=span)


def _character(receiver: Scalar, key: Node, span: Span | None) -> Node:
    text, index = receiver.value, key.value if isinstance(key, Scalar) else None
    if isinstance(text, str) and isinstance(index, int) and -len(text) <= index < len(text):
        return derived(text[index], span, receiver)
    return Unknown(span=span)


def _slice(receiver: Node, key: Node, span: Span | None) -> Node:
    bounds = []
    for bound in key.items if isinstance(key, Sequence) else ():
        if not isinstance(bound, Scalar) or not (bound.value is None or isinstance(bound.value, int)):
            return Unknown(span=span)
        bounds.append(bound.value)
    if len(bounds) != 3 or bounds[2] == 0:
        return Unknown(span=span)
    if isinstance(receiver, Sequence) and not receiver.open:
        return Sequence(receiver.items[slice(*bounds)], span=receiver.span, via=receiver.via)
    if isinstance(receiver, Scalar) and isinstance(receiver.value, str):
        return derived(receiver.value[slice(*bounds)], span, receiver)
    return Unknown(span=span)
