"""Whether values are true, and what an undecided test says about them on each of its sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qp_lint.evaluate.values import (
    Both,
    Bound,
    Class,
    Comparison,
    EnumMember,
    Function,
    Instance,
    LibraryInstance,
    Module,
    Negation,
    Parser,
    may_lack,
)
from qp_lint.text import Span
from qp_lint.tree import Arm, Call, Choice, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

Learnt = dict[int, tuple[Node, Node]]
"""What values are on one side of a branch: by identity, the value (kept alive) and what it is there."""


def truth(node: Node) -> bool | None:
    """Whether a value counts as true; None when that is not known."""
    if isinstance(node, Scalar):
        return bool(node.value) or (isinstance(node, EnumMember) and not node.is_plain())
    if isinstance(node, Mapping) and (node.open or node.entries):
        return None if all(map(may_lack, node.entries.values())) else True
    if isinstance(node, Sequence) and node.items:
        return None if node.open and all(map(_may_be_missing, node.items)) else True
    if isinstance(node, (Mapping, Sequence)):
        return None if node.open else False
    if isinstance(node, Choice):
        found = {truth(option) for option in node.options}
        return found.pop() if len(found) == 1 else None
    if isinstance(node, (Instance, LibraryInstance)) and node.cls is not None:
        return None if node.cls.is_special("__bool__", "__len__") else True
    if isinstance(node, (Instance, Function, Bound, Class, Module, Parser)):
        return True
    if isinstance(node, Reference) and node.name in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"):
        return False
    return True if is_object(node) else None


def _may_be_missing(item: Node) -> bool:
    """Whether an item may be of an open list that is empty: one that a side of a branch, or a turn of a loop, has added."""
    return any(isinstance(option, Unknown) for option in leaves(item))


def is_object(node: Node) -> bool:
    """Whether a value is surely an object, neither None nor false: an instance of a library's class, a class."""
    if isinstance(node, Call):
        last = node.function.rpartition(".")[2]
        return last[:1].isupper() or last == "from_pretrained"
    if not isinstance(node, Reference):
        return False
    classes = [part for part in node.name.split(".")[-2:] if part[:1].isupper() and not part.isupper()]
    return bool(classes) or (node.name.startswith("torch.") and node.name.count(".") == 1)  # a class, its constant, a dtype


@dataclass(frozen=True, slots=True)
class Undecided:
    """An undecided branch: `sides[i]` is whether the test is true on side i."""

    branch: Span
    sides: tuple[bool, ...] = (True, False)


def sides_of(run: Interpreter, test: Node, span: Span) -> bool | Undecided:
    """What a test decides: its truth, or the branch it opens.

    A value that an earlier branch decided, or that was tested before, leads to the same branch again.
    """
    known = truth(test)
    if known is not None:
        return known
    if isinstance(test, Negation):
        inner = sides_of(run, test.operand, span)
        if isinstance(inner, bool):
            return not inner
        return Undecided(inner.branch, tuple(not side for side in inner.sides))
    guarded = _guarded(run, test)
    if guarded is not None:
        return guarded
    if isinstance(test, Choice) and test.branch is not None:
        truths = [truth(option) for option in test.options]
        if None not in truths:
            return Undecided(test.branch, tuple(map(bool, truths)))
    return Undecided(run.branch_of(test, span))


def _guarded(run: Interpreter, test: Node) -> bool | None:
    """Whether a test is true after the guards that the program went through; None when they say nothing of it."""
    for guard in reversed(run.guards):
        if guard.test is test:
            return guard.true
        arm = guard.arm
        if isinstance(test, Choice) and test.branch == arm.branch and arm.index < len(test.options) and run.alone(arm.branch):
            return truth(test.options[arm.index])
    return None


def learn(test: Node, side: bool) -> Learnt:
    """What a test being true (`side`) or false tells about the values in it."""
    if isinstance(test, Negation):
        return learn(test.operand, not side)
    if isinstance(test, Both) and side:
        return {key: known for operand in test.operands for key, known in learn(operand, True).items()}
    if isinstance(test, Comparison):
        known = test.narrowed if side else test.otherwise
        return {id(test.subject): (test.subject, known)} if known is not None else {}
    if isinstance(test, Choice) and test.branch is None:
        options = [option for option in leaves(test) if truth(option) in (side, None)]
        if options and len(options) < len(leaves(test)):
            return {id(test): (test, choice(options))}
    return {}


def either(run: Interpreter, branch: Span, bodies: list[Callable[[], Node]], learnt: list[Learnt]) -> Node:
    """The value of an expression with an undecided condition: all sides evaluated, each under its arm."""
    for arm in run.arms:
        if arm.branch == branch:
            return bodies[min(arm.index, len(bodies) - 1)]()
    changes, values = [], []
    for index, body in enumerate(bodies):
        run.state.open()
        run.arms.append(Arm(branch, index, len(bodies)))
        run.narrowed.append(learnt[index])
        values.append(body())
        run.ended = False
        run.narrowed.pop()
        run.arms.pop()
        changes.append(run.state.close())
    run.state.merge(branch, list(changes))
    from qp_lint.evaluate.state import merged

    found = merged(list(values), branch)
    assert isinstance(found, Node)
    return found


def settled(run: Interpreter, node: Node) -> Node:
    """A value as it is here: on the side of its branch that is being evaluated, and with what the tests around tell of it."""
    key = id(node)
    for known in reversed(run.narrowed):
        if known and key in known:
            return known[key][1]
    for guard in reversed(run.guards):
        if guard.learnt and key in guard.learnt:
            return guard.learnt[key][1]
    while isinstance(node, Choice) and node.branch is not None:
        index = _side(run, node.branch)
        if index is None or index >= len(node.options):
            break
        node = node.options[index]
    return node


def _side(run: Interpreter, branch: Span) -> int | None:
    """The side of a branch that is being evaluated, or that a guard left."""
    for arm in run.arms:
        if arm.branch == branch:
            return arm.index
    found = next((guard.arm.index for guard in reversed(run.guards) if guard.arm.branch == branch), None)
    return found if found is not None and run.alone(branch) else None
