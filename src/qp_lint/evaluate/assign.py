"""Assignments: to names, tuples, attributes and items."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate.operators import key_of
from qp_lint.evaluate.state import blur
from qp_lint.evaluate.truth import settled
from qp_lint.evaluate.values import (
    Absent,
    Class,
    DictObject,
    Function,
    Instance,
    LibraryInstance,
    Module,
    Parser,
    Part,
    Scope,
    View,
)
from qp_lint.text import Span
from qp_lint.tree import Call, Choice, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def assign(run: Interpreter, target: Any, value: Node, scope: Scope) -> None:
    """Bind a value to an assignment target."""
    from qp_lint.evaluate.expressions import evaluate

    if isinstance(target, cst.Name):
        assign_name(run, target.value, value, scope)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(run, list(target.elements), value, scope)
    elif isinstance(target, cst.StarredElement):
        assign(run, target.value, value, scope)
    elif isinstance(target, cst.Attribute):
        receiver = evaluate(run, target.value, scope)
        set_attribute(run, receiver, target.attr.value, value, scope.file.span(target.attr))
    elif isinstance(target, cst.Subscript):
        receiver = evaluate(run, target.value, scope)
        keys = [evaluate(run, item.slice.value, scope) for item in target.slice if isinstance(item.slice, cst.Index)]
        span = scope.file.span(target.slice[0]) if target.slice else None
        set_item(run, receiver, keys[0] if len(keys) == 1 else Unknown(), value, span)


def assign_name(run: Interpreter, name: str, value: Node, scope: Scope) -> None:
    """Bind a name in the scope that owns it."""
    run.state.put(owner(name, scope), name, value)


def owner(name: str, scope: Scope) -> dict[str, Node]:
    """The names that an assignment in `scope` changes."""
    if name in scope.outer:
        return scope.file.names
    if name in scope.shared:
        outer = scope.parent
        while outer is not None:
            if name in outer.names and not outer.is_class:
                return outer.names
            outer = outer.parent
        return scope.file.names
    return scope.names


def _unpack(run: Interpreter, targets: list[Any], value: Node, scope: Scope) -> None:
    value = settled(run, value)
    starred = next((index for index, target in enumerate(targets) if isinstance(target, cst.StarredElement)), None)
    for index, target in enumerate(targets):
        item = _item(value, index, len(targets), starred)
        assign(run, target.value, item, scope)


def _item(value: Node, index: int, count: int, starred: int | None) -> Node:
    """The value of target `index` of `count` when `value` is unpacked."""
    from qp_lint.evaluate.calls import items_of

    if isinstance(value, Choice):
        return dataclasses.replace(value, options=tuple(_item(option, index, count, starred) for option in value.options))
    known = items_of(value)
    if known is not None:
        items = tuple(known)
        if starred is None and len(items) == count:
            return items[index]
        if starred is not None and len(items) >= count - 1:
            after = count - starred - 1
            if index == starred:
                return Sequence(items[starred : len(items) - after], span=value.span)
            return items[index] if index < starred else items[index - count]
    if isinstance(value, Unknown) or (isinstance(value, Call) and starred is None):
        return Part(hint=f"[{index}]", base=value, name=str(index))
    return Unknown()


def set_attribute(run: Interpreter, receiver: Node, name: str, value: Node, span: Span | None) -> None:
    """`receiver.name = value`; on the result of a library call it is remembered as a keyword."""
    from qp_lint.evaluate.calls import Arguments
    from qp_lint.evaluate.functions import invoke

    for target in leaves(settled(run, receiver)):
        if isinstance(target, LibraryInstance) and target.cls is not None and _setter(target.cls, name):
            continue
        if isinstance(target, Call):
            run.state.put(target.keywords, name, Entry(value, span))
        elif isinstance(target, Instance) and target.cls is not None and _setter(target.cls, name):
            found = target.cls.attribute(name)
            if isinstance(found, Function) and found.setter is not None:
                invoke(run, found.setter, Arguments((target, value)))
        elif isinstance(target, (Instance, Class, Parser)):
            run.state.put(target.attributes, name, value)
        elif isinstance(target, Module):
            run.state.put(target.file.names, name, value)
        elif isinstance(target, DictObject):
            _set_on_dict(run, target, name, Entry(value, span))
        elif isinstance(target, Mapping):
            run.state.put(target.entries, name, Entry(value, span))
        elif isinstance(target, Part) and isinstance(target.base, Node):
            _set_part(run, target, name, value, span)


def _set_on_dict(run: Interpreter, target: DictObject, name: str, entry: Entry) -> None:
    """An attribute of an object that is a dict; it is an entry where the class writes it so."""
    from qp_lint.evaluate.functions import special

    writer = target.cls.attribute("__setattr__") if target.cls is not None else None
    if name == "__dict__":
        run.state.field(target, "linked", entry.value is target)
    elif isinstance(writer, Function):
        special(run, target, "__setattr__", Scalar(name), entry.value)
    elif target.linked or writer is not None:
        run.state.put(target.entries, name, entry)
    else:
        run.state.put(target.attributes, name, entry.value)


def _setter(cls: Class, name: str) -> bool:
    found = cls.attribute(name)
    return isinstance(found, Function) and found.kind == "property"


def _set_part(run: Interpreter, target: Part, name: str, value: Node, span: Span | None) -> None:
    """`model.config.use_cache = False`: the dotted name is the keyword."""
    path = [name, target.name]
    base = target.base
    while isinstance(base, Part):
        path.append(base.name)
        base = base.base
    if isinstance(base, Call):
        run.state.put(base.keywords, ".".join(reversed(path)), Entry(value, span))


def delete_attribute(run: Interpreter, receiver: Node, name: str) -> None:
    """`del receiver.name`."""
    for item in leaves(receiver):
        if isinstance(item, Instance):
            run.state.drop(item.attributes, name)
        elif isinstance(item, Call):
            run.state.drop(item.keywords, name)


def set_item(run: Interpreter, receiver: Node, key: Node, value: Node, span: Span | None) -> None:
    """`receiver[key] = value`."""
    from qp_lint.evaluate.functions import special

    key = settled(run, key)
    for target in leaves(settled(run, receiver)):
        if isinstance(target, Reference) and target.name == "os.environ":
            if isinstance(key, Scalar):
                run.state.put(run.env, str(key.value), value)
        elif isinstance(target, Mapping):
            put_entry(run, target, key, value, span)
        elif isinstance(target, Instance):
            if special(run, target, "__setitem__", key, value) is None and isinstance(key, Scalar) and target.cls is None:
                run.state.put(target.attributes, str(key.value), value)
        elif isinstance(target, Sequence):
            index = key.value if isinstance(key, Scalar) else None
            if isinstance(index, int) and -len(target.items) <= index < len(target.items):
                items = list(target.items)
                items[index] = value
                run.state.field(target, "items", tuple(items))
            elif not isinstance(index, int):
                run.state.field(target, "items", ())
                run.state.field(target, "open", True)


def put_entry(run: Interpreter, target: Mapping, key: Node, value: Node, span: Span | None) -> None:
    """`mapping[key] = value`; of several keys each may get it, an unknown one may be any."""
    keys = leaves(key)
    if not all(isinstance(option, Scalar) for option in keys):
        blur(run, target.of if isinstance(target, View) else target)
        return
    for option in keys:
        assert isinstance(option, Scalar)
        name = key_of(option)
        old = target.entries.get(name, Entry(Absent())).value
        new = value if len(keys) == 1 else choice([old, value])
        run.state.put(target.entries, name, Entry(new, span))
        if isinstance(target, View):
            set_attribute(run, target.of, name, new, span)


def delete(run: Interpreter, target: Any, scope: Scope) -> None:
    """`del target`."""
    from qp_lint.evaluate.expressions import evaluate

    if isinstance(target, cst.Name):
        run.state.drop(owner(target.value, scope), target.value)
    elif isinstance(target, cst.Attribute):
        delete_attribute(run, evaluate(run, target.value, scope), target.attr.value)
    elif isinstance(target, cst.Subscript):
        receiver = evaluate(run, target.value, scope)
        key = evaluate(run, target.slice[0].slice.value, scope) if isinstance(target.slice[0].slice, cst.Index) else Unknown()
        for item in leaves(receiver):
            if isinstance(item, Mapping) and isinstance(key, Scalar):
                run.state.drop(item.entries, key_of(key))
            elif isinstance(item, Reference) and item.name == "os.environ" and isinstance(key, Scalar):
                run.state.drop(run.env, str(key.value))
            elif isinstance(item, Sequence):
                kept = list(item.items)
                known = isinstance(key, Scalar) and isinstance(key.value, int) and -len(kept) <= key.value < len(kept)
                if known and not item.open and isinstance(key, Scalar) and isinstance(key.value, int):
                    del kept[key.value]
                    run.state.field(item, "items", tuple(kept))
                else:
                    blur(run, item)
