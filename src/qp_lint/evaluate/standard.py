"""Models of further parts of the standard library and its relatives: dataclasses, functools, copy, typing, enum."""

from __future__ import annotations

import dataclasses
import shlex
from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.classes import AUTO
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.operators import key_of, lift
from qp_lint.evaluate.truth import settled
from qp_lint.evaluate.values import Bound, Class, Field, Function, Instance, LibraryInstance, Member
from qp_lint.tree import Call, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

COPIES = 5_000  # nodes that a deep copy follows


def _partial(run: Interpreter, arguments: Arguments) -> Node:
    if not arguments.args:
        return Unknown(span=arguments.span)
    given = {name: entry.value for name, entry in arguments.keywords.items()}
    return Bound(arguments.args[0], arguments.args[1:], given, span=arguments.span)


def _field(run: Interpreter, arguments: Arguments) -> Node:
    default = arguments.get(0, "default")
    factory = arguments.get(-1, "default_factory") or arguments.get(-1, "factory")
    if isinstance(default, Field):  # `attr.Factory(dict)`
        factory, default = default.factory, None
    init = arguments.get(-1, "init")
    given = not (isinstance(init, Scalar) and init.value is False)
    return Field(default, factory, arguments.get(-1, "metadata"), given, span=arguments.span)


def _factory(run: Interpreter, arguments: Arguments) -> Node:
    return Field(factory=arguments.get(0, "factory"), span=arguments.span)


def _pydantic_field(run: Interpreter, arguments: Arguments) -> Node:
    default = arguments.get(0, "default")
    return Field(default=default, factory=arguments.get(-1, "default_factory"), span=arguments.span)


def _as_dict(run: Interpreter, arguments: Arguments) -> Node:
    node = arguments.get(0)
    if isinstance(node, Instance):
        return Mapping(as_entries(node), node.open, span=node.span)
    return Unknown(span=arguments.span)


def fields_of(run: Interpreter, node: Node) -> Sequence | None:
    """`dataclasses.fields(node)`: of a class of the project or an object of one; open where a library's class has more."""
    cls = node if isinstance(node, Class) else node.cls if isinstance(node, (Instance, LibraryInstance)) else None
    if cls is None or not cls.fields():
        return Sequence((), True) if isinstance(node, (Call, Reference)) else None
    made = [_about(run, member) for member in cls.fields().values()]
    return Sequence(tuple(made), bool(cls.outside()))


def _about(run: Interpreter, member: Member) -> Instance:
    """What `dataclasses.Field` says of a field."""
    from qp_lint.evaluate.expressions import evaluate

    missing = Reference("dataclasses.MISSING")
    kind = evaluate(run, member.annotation, member.scope) if member.scope is not None and member.annotation is not None else None
    about = {
        "name": Scalar(member.name, member.name, span=member.span),
        "type": kind or Unknown(),
        "default": member.default or missing,
        "default_factory": member.factory or missing,
        "metadata": member.extra or Mapping({}),
        "init": Scalar(member.init),
    }
    return Instance(None, about, True, span=member.span)


def _fields(run: Interpreter, arguments: Arguments) -> Node:
    found = fields_of(run, settled(run, arguments.get(0) or Unknown()))
    return found or Unknown(span=arguments.span)


def as_entries(node: Instance) -> dict[str, Entry]:
    """The attributes of a data class as entries, data classes in them as mappings."""

    def plain(value: Node) -> Node:
        if isinstance(value, Instance) and value.cls is not None and value.cls.is_data():
            return Mapping(as_entries(value), value.open, span=value.span)
        return value

    return {name: Entry(lift(value, plain), value.span) for name, value in node.attributes.items()}


def mapping_of(node: Node) -> Node:
    """Pairs as the mapping that `dict(pairs)` makes of them; other values as they are."""
    if not isinstance(node, Sequence):
        return node
    entries: dict[str, Entry] = {}
    open_ = node.open
    for item in node.items:
        if isinstance(item, Sequence) and len(item.items) == 2 and isinstance(key := item.items[0], Scalar):
            entries[key_of(key)] = Entry(item.items[1], key.span)
        else:
            open_ = True
    return Mapping(entries, open_, span=node.span)


def _replace(run: Interpreter, arguments: Arguments) -> Node:
    node = arguments.get(0)
    if not isinstance(node, Instance):
        return Unknown(span=arguments.span)
    changed = {name: entry.value for name, entry in arguments.keywords.items()}
    return Instance(node.cls, {**node.attributes, **changed}, node.open, span=arguments.span)


def _shallow(run: Interpreter, arguments: Arguments) -> Node:
    node = arguments.get(0) or Unknown()
    if isinstance(node, Mapping):
        return Mapping(dict(node.entries), node.open, span=node.span, via=node.via)
    return _own_attributes(node) if isinstance(node, (Instance, Call)) else copied(node, [1])


def _own_attributes(node: Instance | Call) -> Node:
    """The same object with attributes of its own; a library's is still what was made by that call."""
    if isinstance(node, Call):
        return dataclasses.replace(node, keywords=dict(node.keywords))
    return Instance(node.cls, dict(node.attributes), node.open, span=node.span)


def _copy(run: Interpreter, arguments: Arguments) -> Node:
    return copied(arguments.get(0) or Unknown(), [COPIES])


def copied(node: Node, budget: list[int]) -> Node:
    """A copy of nested mappings and lists; beyond the budget (nodes) parts are shared."""
    budget[0] -= 1
    if budget[0] < 0:
        return node
    if isinstance(node, Mapping):
        entries = {name: Entry(copied(entry.value, budget), entry.span) for name, entry in list(node.entries.items())}
        return Mapping(entries, node.open, span=node.span, via=node.via)
    if isinstance(node, Sequence) and type(node) is Sequence:
        return Sequence(tuple(copied(item, budget) for item in node.items), node.open, span=node.span, via=node.via)
    if isinstance(node, Instance):
        attributes = {name: copied(value, budget) for name, value in list(node.attributes.items())}
        return Instance(node.cls, attributes, node.open, span=node.span)
    return _own_attributes(node) if isinstance(node, Call) else node


def _second(run: Interpreter, arguments: Arguments) -> Node:
    return arguments.get(1) or Unknown()


def _namespace(run: Interpreter, arguments: Arguments) -> Node:
    attributes = {name: entry.value for name, entry in arguments.keywords.items()}
    return Instance(None, attributes, arguments.open, span=arguments.span)


def _auto(run: Interpreter, arguments: Arguments) -> Node:
    return Scalar(None, AUTO, span=arguments.span)


def _identity(run: Interpreter, arguments: Arguments) -> Node | None:
    """Decorators that are called by hand: `dataclass(cls)`, `wraps(f)(g)`."""
    first = arguments.get(0)
    return first if isinstance(first, (Class, Function)) else None


def _split(run: Interpreter, arguments: Arguments) -> Node:
    """`shlex.split(text)`: each word stands where the text does."""

    def words(node: Node) -> Node:
        try:
            parts = shlex.split(string(node) or "")
        except ValueError:
            parts = []
        found = tuple(Scalar(part, part, span=node.span, via=node.via) for part in parts)
        return Sequence(found, span=node.span) if found else Unknown(span=arguments.span)

    return lift(arguments.get(0) or Unknown(), words)


MODELS: dict[str, Model] = {
    "shlex.split": _split,
    "functools.partial": _partial,
    "dataclasses.field": _field,
    "attr.ib": _field,
    "attr.field": _field,
    "attrs.field": _field,
    "attr.Factory": _factory,
    "attrs.Factory": _factory,
    "pydantic.Field": _pydantic_field,
    "dataclasses.fields": _fields,
    "dataclasses.asdict": _as_dict,
    "attr.asdict": _as_dict,
    "attrs.asdict": _as_dict,
    "dataclasses.replace": _replace,
    "attr.evolve": _replace,
    "attrs.evolve": _replace,
    "dataclasses.dataclass": _identity,
    "copy.copy": _shallow,
    "copy.deepcopy": _copy,
    "typing.cast": _second,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "enum.auto": _auto,
}
