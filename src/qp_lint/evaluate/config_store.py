"""Hydra's ConfigStore: configurations that a program registers, mostly data classes (hydra-core 1.3, core/config_store.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qp_lint.evaluate.calls import call_with
from qp_lint.evaluate.values import Class, Instance
from qp_lint.tree import Call, Entry, Mapping, Node, Reference, Sequence, Unknown, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

DEPTH = 8  # data classes in data classes
MISSING = ("omegaconf.MISSING", "omegaconf.omegaconf.MISSING")


def stored(run: Interpreter, group: str, name: str) -> Mapping | None:
    """What the program registered with `cs.store(group=…, name=…, node=…)`, the last of that name; None if nothing."""
    for made in reversed(run.calls):
        receiver = made.receiver
        if made.function != ".store" or not isinstance(receiver, Call) or not receiver.function.endswith("ConfigStore.instance"):
            continue
        its_group = made.argument("group", 2)
        if string(made.argument("name", 0)) == name and (string(its_group) or "") == group:
            found = _plain(run, made.argument("node", 1) or Unknown(), 0)
            return found if isinstance(found, Mapping) else None
    return None


def _plain(run: Interpreter, node: Node, depth: int) -> Node:
    """A data class or an object of one as a mapping; what is `MISSING` is not known."""
    if depth > DEPTH or (isinstance(node, Reference) and node.name in MISSING):
        return Unknown(span=node.span)
    if isinstance(node, Class):
        node = call_with(run, node)
    if isinstance(node, Instance):
        entries = {name: Entry(_plain(run, value, depth + 1), value.span) for name, value in node.attributes.items()}
        return Mapping(entries, node.open, span=node.span)
    if isinstance(node, Mapping):
        inner = {name: Entry(_plain(run, entry.value, depth + 1), entry.span) for name, entry in node.entries.items()}
        return Mapping(inner, node.open, span=node.span, via=node.via)
    if isinstance(node, Sequence):
        return Sequence(tuple(_plain(run, item, depth + 1) for item in node.items), node.open, span=node.span, via=node.via)
    return node
