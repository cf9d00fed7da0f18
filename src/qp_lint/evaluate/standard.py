"""Models of further parts of the standard library and its relatives: dataclasses, functools, copy, typing, enum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.classes import initialise_library
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.values import Bound, Class, Field, Function, Instance, LibraryInstance
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

COPIES = 5_000  # nodes that a deep copy follows


def _partial(run: Interpreter, arguments: Arguments) -> Node:
    if not arguments.args:
        return Unknown(span=arguments.span)
    given = {name: entry.value for name, entry in arguments.keywords.items()}
    return Bound(arguments.args[0], arguments.args[1:], given, span=arguments.span)


def _field(run: Interpreter, arguments: Arguments) -> Node:
    default = arguments.get(-1, "default")
    factory = arguments.get(-1, "default_factory") or arguments.get(-1, "factory")
    return Field(default=default, factory=factory, metadata=arguments.get(-1, "metadata"), span=arguments.span)


def _pydantic_field(run: Interpreter, arguments: Arguments) -> Node:
    default = arguments.get(0, "default")
    return Field(default=default, factory=arguments.get(-1, "default_factory"), span=arguments.span)


def _as_dict(run: Interpreter, arguments: Arguments) -> Node:
    node = arguments.get(0)
    if isinstance(node, Instance):
        return Mapping({name: Entry(value) for name, value in node.attributes.items()}, node.open, span=node.span)
    return Unknown(span=arguments.span)


def _replace(run: Interpreter, arguments: Arguments) -> Node:
    node = arguments.get(0)
    if not isinstance(node, Instance):
        return Unknown(span=arguments.span)
    changed = {name: entry.value for name, entry in arguments.keywords.items()}
    return Instance(node.cls, {**node.attributes, **changed}, node.open, span=arguments.span)


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
        return Instance(node.cls, dict(node.attributes), node.open, span=node.span)
    return node


def _second(run: Interpreter, arguments: Arguments) -> Node:
    return arguments.get(1) or Unknown()


def _namespace(run: Interpreter, arguments: Arguments) -> Node:
    attributes = {name: entry.value for name, entry in arguments.keywords.items()}
    return Instance(None, attributes, arguments.open, span=arguments.span)


def _auto(run: Interpreter, arguments: Arguments) -> Node:
    return Scalar(len(run.parts), span=arguments.span)


def _identity(run: Interpreter, arguments: Arguments) -> Node | None:
    """Decorators that are called by hand: `dataclass(cls)`, `wraps(f)(g)`."""
    first = arguments.get(0)
    return first if isinstance(first, (Class, Function)) else None


def _module_patch(run: Interpreter, arguments: Arguments) -> Node | None:
    first = arguments.get(0)
    if isinstance(first, LibraryInstance):
        initialise_library(run, first, arguments)
    return Scalar(None)


def _mapping(run: Interpreter, arguments: Arguments) -> Node | None:
    from qp_lint.evaluate.builtin import MODELS as BUILTIN

    return BUILTIN["builtins.dict"](run, arguments)


def _default_dict(run: Interpreter, arguments: Arguments) -> Node:
    return Mapping({}, True, span=arguments.span)


MODELS: dict[str, Model] = {
    "functools.partial": _partial,
    "dataclasses.field": _field,
    "attr.ib": _field,
    "attrs.field": _field,
    "pydantic.Field": _pydantic_field,
    "dataclasses.asdict": _as_dict,
    "dataclasses.replace": _replace,
    "dataclasses.dataclass": _identity,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "typing.cast": _second,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "easydict.EasyDict": _mapping,
    "collections.OrderedDict": _mapping,
    "collections.defaultdict": _default_dict,
    "enum.auto": _auto,
}
