"""Undecided branches: every side is evaluated, undone, and merged with the others."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qp_lint.evaluate.state import Changes, merged
from qp_lint.evaluate.values import Negation
from qp_lint.text import Span
from qp_lint.tree import Arm, Node, Scalar

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


class Flow(enum.Enum):
    """How a statement ends."""

    NEXT = "next"
    RETURN = "return"
    RAISE = "raise"
    BREAK = "break"
    CONTINUE = "continue"


@dataclass(eq=False, slots=True)
class Guard:
    """What is sure after an `if` whose other side raises: the arm that goes on; `order` counts the calls before."""

    test: Node
    true: bool  # what the test is
    arm: Arm
    learnt: dict[int, tuple[Node, Node]]
    order: int


@dataclass(eq=False, slots=True)
class Side:
    """One evaluated side of a branch."""

    flow: Flow
    value: Node  # what it returns
    changes: Changes


@dataclass(eq=False, slots=True)
class Pending:
    """Sides that left a function or loop body while another side goes on.

    While `exclusive`, the rest runs under an arm and a journal layer of its own, to be merged at the end.
    """

    branch: Span
    sides: list[Side | None]
    rest: int  # the side that goes on
    arms: tuple[Arm, ...]  # the undecided branches of the frame around it
    exclusive: bool = True
    mark: int = 0  # how many guards there were before


@dataclass(eq=False, slots=True)
class Frame:
    """A function body, loop body or module being evaluated; `mark` is how many arms there were before."""

    mark: int
    loop: bool = False
    may_break: bool = False  # some sides leave the loop, others go on
    pendings: list[Pending] = field(default_factory=list)

    def settle(self, run: Interpreter, flow: Flow, value: Node) -> tuple[Flow, Node]:
        """At the end of the body: merge with the sides that left earlier; `value` is what the rest returned."""
        for pending in reversed(self.pendings):
            self.may_break = self.may_break or any(side is not None and side.flow is Flow.BREAK for side in pending.sides)
            if pending.exclusive:
                rest = Side(flow, value, run.state.close())
                run.arms.pop()
                del run.guards[pending.mark :]
                sides = [rest if index == pending.rest else side for index, side in enumerate(pending.sides)]
                flow, value = combine(run, pending.branch, sides)
            elif (left := _left(pending)) is not None:
                value = _picked(pending, left, value, flow is not Flow.RAISE)
                flow = Flow.RETURN if flow is Flow.RAISE else flow
        self.pendings.clear()
        return flow, value

    def collapse(self, run: Interpreter, mark: int) -> None:
        """At the end of a side: what left earlier inside of it no longer has the rest for itself."""
        for pending in reversed(self.pendings[mark:]):
            if pending.exclusive:
                run.state.fold()
                run.arms.pop()
                pending.exclusive = False


def _left(pending: Pending) -> Node | None:
    """What the sides that left returned."""
    values = [side.value if side is not None and side.flow is Flow.RETURN else None for side in pending.sides]
    found = merged(values, pending.branch)
    return found if isinstance(found, Node) else None


def _picked(pending: Pending, left: Node, value: Node, others: bool) -> Node:
    """`left` on the sides that left, `value` on all others."""
    if not others:
        return left
    options: list[Node] = []
    for index, side in enumerate(pending.sides):
        gone = side is not None and side.flow is Flow.RETURN and index != pending.rest
        options.append(side.value if gone and side is not None else value)
    found: Node = merged(list(options), pending.branch)
    for arm in reversed(pending.arms):
        found = merged([found if index == arm.index else value for index in range(arm.arity)], arm.branch)
    return found


def combine(run: Interpreter, branch: Span, sides: list[Side | None]) -> tuple[Flow, Node]:
    """Merge sides that all came to their end: what they changed, returned, and how it goes on."""
    live = [side for side in sides if side is not None and side.flow is not Flow.RAISE]
    if not live:
        return Flow.RAISE, Scalar(None)
    if len(live) == 1:
        run.state.apply(live[0].changes)
        return live[0].flow, live[0].value
    alive = [side if side is not None and side.flow is not Flow.RAISE else None for side in sides]
    run.state.merge(branch, [side.changes if side else None for side in alive])
    if any(side.flow is Flow.RETURN for side in live):
        return Flow.RETURN, merged([side.value if side else None for side in alive], branch)
    flows = {side.flow for side in live}
    if len(flows) > 1 and Flow.BREAK in flows:
        run.frames[-1].may_break = True
    return (flows.pop() if len(flows) == 1 else Flow.NEXT), Scalar(None)


def undecided(
    run: Interpreter,
    branch: Span,
    bodies: list[Callable[[], Flow]],
    learnt: list[dict[int, tuple[Node, Node]]] | None = None,
    test: tuple[Node, tuple[bool, ...]] | None = None,
) -> Flow:
    """Evaluate all sides of a branch that nothing decides; `learnt` says what values are on each side.

    `test` is what is tested, and whether it is true on each side: where all sides but one raise, it is that from then on.
    """
    for arm in run.arms:
        if arm.branch == branch:
            return bodies[min(arm.index, len(bodies) - 1)]()
    frame = run.frames[-1]
    sides: list[Side | None] = []
    for index, body in enumerate(bodies):
        mark, guards = len(frame.pendings), len(run.guards)
        run.state.open()
        run.arms.append(Arm(branch, index, len(bodies)))
        run.narrowed.append(learnt[index] if learnt else {})
        run.returned = Scalar(None)
        flow = body()
        returned = run.returned
        frame.collapse(run, mark)
        del run.guards[guards:]
        run.narrowed.pop()
        run.arms.pop()
        sides.append(Side(flow, returned, run.state.close()))
    flow = _go_on(run, frame, branch, sides)
    live = [index for index, side in enumerate(sides) if side is not None and side.flow is not Flow.RAISE]
    if test is not None and flow is Flow.NEXT and len(live) == 1:
        arm = Arm(branch, live[0], len(bodies))
        node, truths = test
        true = truths[live[0]]
        while isinstance(node, Negation):
            node, true = node.operand, not true
        run.guards.append(Guard(node, true, arm, learnt[live[0]] if learnt else {}, len(run.calls)))
    return flow


def _go_on(run: Interpreter, frame: Frame, branch: Span, sides: list[Side | None]) -> Flow:
    live = [side for side in sides if side is not None and side.flow is not Flow.RAISE]
    going = [index for index, side in enumerate(sides) if side is not None and side.flow is Flow.NEXT]
    if not going or len(going) == len(live):
        flow, run.returned = combine(run, branch, sides)
        return flow
    arms = tuple(run.arms[frame.mark :])
    if len(going) == 1:
        rest = sides[going[0]]
        assert rest is not None
        run.state.open()
        run.state.apply(rest.changes)
        run.arms.append(Arm(branch, going[0], len(sides)))
        frame.pendings.append(Pending(branch, sides, going[0], arms, mark=len(run.guards)))
    else:
        gone = [side if side is not None and side.flow is not Flow.NEXT else None for side in sides]
        run.state.merge(branch, [side.changes if side and side.flow is Flow.NEXT else None for side in sides])
        frame.pendings.append(Pending(branch, gone, -1, arms, exclusive=False))
    return Flow.NEXT
