"""Loops and comprehensions: short known ones item by item, all others once with what they change unknown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate.assign import assign, owner
from qp_lint.evaluate.branches import Flow, Frame, Pending, Side
from qp_lint.evaluate.state import Change
from qp_lint.evaluate.truth import truth
from qp_lint.evaluate.values import Class, Range, Scope
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

TURNS = 8  # of a loop that is followed item by item
ALL_TURNS = 2_000  # of the loops of a program that are
ITEMS = 64  # of a comprehension


def run_for(run: Interpreter, node: cst.For, scope: Scope) -> Flow:
    """`for`: over a few known items turn by turn, else once."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.statements import suite

    items = evaluate(run, node.iter, scope)
    known = None if isinstance(items, Range) or run.turns > ALL_TURNS else known_items(items, TURNS)
    flow = Flow.NEXT
    broken = 0
    if known is not None:
        for item in known:
            assign(run, node.target, item, scope)
            flow, may_break = _turn(run, node.body, scope)
            if flow not in (Flow.NEXT, Flow.CONTINUE):
                break
            if may_break:  # the turns that follow may not be reached
                run.state.open()
                broken += 1
        for _ in range(broken):
            run.state.merge(None, [run.state.close(), {}])
    else:
        some = isinstance(items, Sequence) and bool(items.items)
        flow, may_break = _some_turns(run, node.body, scope, some, lambda: assign(run, node.target, any_item(items), scope))
        flow, broken = Flow.NEXT if flow is Flow.RAISE else flow, int(may_break)
    if flow in (Flow.RETURN, Flow.RAISE):
        return flow
    if node.orelse is None or flow is Flow.BREAK:
        return Flow.NEXT
    if not broken:
        return suite(run, node.orelse.body, scope)
    run.state.open()
    suite(run, node.orelse.body, scope)
    run.state.merge(None, [run.state.close(), {}])
    return Flow.NEXT


def run_while(run: Interpreter, node: cst.While, scope: Scope) -> Flow:
    """`while`: turn by turn as long as the test is known and few turns are enough, else its body once."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.statements import suite

    some = False
    for _ in range(TURNS):
        answer = truth(evaluate(run, node.test, scope))
        if answer is False:
            return suite(run, node.orelse.body, scope) if node.orelse is not None else Flow.NEXT
        constant = isinstance(node.test, cst.Integer) or (isinstance(node.test, cst.Name) and node.test.value == "True")
        if answer is None or constant or run.turns > ALL_TURNS:
            break
        some = True
        flow, may_break = _turn(run, node.body, scope)
        if flow not in (Flow.NEXT, Flow.CONTINUE):
            return flow if flow is Flow.RETURN else Flow.NEXT
        if may_break:
            break
    always = isinstance(node.test, cst.Name) and node.test.value == "True"
    flow, _ = _some_turns(run, node.body, scope, some or always, lambda: None)
    return flow if flow is Flow.RETURN else Flow.NEXT


def _some_turns(run: Interpreter, body: cst.BaseSuite, scope: Scope, some: bool, start: Callable[[], None]) -> tuple[Flow, bool]:
    """A turn that stands for several; `some`: there is at least one.  What it changes may change further in the others."""
    before = widen(run, body, scope)
    run.state.open()
    start()
    flow, may_break = _turn(run, body, scope)
    for change in run.state.close().values():
        run.state.apply({(id(change.target), change.key): dataclasses.replace(change, new=_again(run, change))})
    for name, old in () if some else before.items():
        names = owner(name, scope)
        run.state.put(names, name, choice([old, names.get(name, old)]))
    return flow, may_break


def _again(run: Interpreter, change: Change) -> Any:
    """What the change of one turn comes to after several."""
    old, new = change.old, change.new
    if isinstance(old, tuple) and change.key == "items":
        run.state.field(change.target, "open", True)
        return tuple(choice([item, Unknown()]) for item in new)
    if isinstance(old, Entry) and isinstance(new, Entry) and isinstance(old.value, Scalar):
        return Entry(choice([old.value, new.value, Unknown()]), new.span)
    if isinstance(old, Scalar) and isinstance(new, Node):
        return choice([old, new, Unknown()])
    return new


def _turn(run: Interpreter, body: cst.BaseSuite, scope: Scope) -> tuple[Flow, bool]:
    """One turn of a loop body: how it ends, and whether it may have left the loop."""
    from qp_lint.evaluate.statements import suite

    run.turns += 1
    outer = run.frames[-1]
    frame = Frame(outer.mark, loop=True)
    run.frames.append(frame)
    guards = len(run.guards)
    flow = suite(run, body, scope)
    del run.guards[guards:]  # the body may never run
    value = run.returned
    for pending in frame.pendings:
        _hand_up(pending, outer)
    flow, value = frame.settle(run, flow, value)
    run.frames.pop()
    run.returned = value
    return flow, frame.may_break


def _hand_up(pending: Pending, outer: Frame) -> None:
    """A side of a loop body that returns from the function: for the loop it only ends the turn."""
    left = [side if side is not None and side.flow is Flow.RETURN else None for side in pending.sides]
    if any(left):
        outer.pendings.append(Pending(pending.branch, left, -1, pending.arms, exclusive=False))
        pending.sides = [
            Side(Flow.CONTINUE, Scalar(None), side.changes) if side is not None and side.flow is Flow.RETURN else side
            for side in pending.sides
        ]


def known_items(node: Node, limit: int) -> list[Node] | None:
    """The items of a value, if all are known and they are few."""
    from qp_lint.evaluate.calls import items_of
    from qp_lint.evaluate.classes import members_of

    items: list[Node] | None = [*members_of(node)] if isinstance(node, Class) and node.is_enum() else items_of(node)
    return items if items is not None and len(items) <= limit else None


def any_item(node: Node) -> Node:
    """What a loop variable may be."""
    if isinstance(node, Sequence) and not node.open and 0 < len(node.items) <= 16 and not isinstance(node, Range):
        return choice(list(node.items))
    return Unknown()


def widen(run: Interpreter, body: cst.BaseSuite, scope: Scope) -> dict[str, Node]:
    """Forget the names that a loop changes from turn to turn; returns the plain values that they had."""
    before: dict[str, Node] = {}
    key = id(body)
    if key not in run.changed:
        run.changed[key] = _assigned(body)
    for name in run.changed[key]:
        names = owner(name, scope)
        if name in names and not isinstance(names[name], (Mapping, Sequence)):
            if isinstance(names[name], Scalar):
                before[name] = names[name]
            run.state.put(names, name, Unknown(hint=name))
    return before


def _assigned(body: Any) -> frozenset[str]:
    """The names that statements assign (not those inside of functions and classes)."""
    found: set[str] = set()
    todo: list[Any] = [body]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Assign):
            todo += [target.target for target in node.targets]
        elif isinstance(node, (cst.AugAssign, cst.AnnAssign)):
            todo.append(node.target)
        elif isinstance(node, cst.Name):
            found.add(node.value)
        elif isinstance(node, (cst.Tuple, cst.List)):
            todo += [element.value for element in node.elements]
        elif isinstance(node, cst.StarredElement):
            todo.append(node.value)
        elif isinstance(node, (cst.IndentedBlock, cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            todo += node.body
        elif isinstance(node, (cst.If, cst.For, cst.While, cst.With, cst.Try, cst.Else, cst.Finally, cst.ExceptHandler)):
            todo.append(node.body)
            todo += [getattr(node, name) for name in ("orelse", "finalbody") if getattr(node, name, None) is not None]
            todo += getattr(node, "handlers", ())
    return frozenset(found)


def comprehension(run: Interpreter, node: Any, scope: Scope) -> Node:
    """A list, set, dict or generator comprehension."""
    from qp_lint.evaluate.expressions import evaluate

    inner = Scope(scope.file, {}, scope, owner=scope.owner, receiver=scope.receiver, inner=True)
    pairs: list[tuple[Node, Node]] = []

    def element() -> None:
        if isinstance(node, cst.DictComp):
            pairs.append((evaluate(run, node.key, inner), evaluate(run, node.value, inner)))
        else:
            pairs.append((Scalar(None), evaluate(run, node.elt, inner)))

    complete = _clause(run, node.for_in, inner, element, first=scope)
    span = scope.file.span(node)
    if isinstance(node, cst.DictComp):
        entries = {str(key.value): Entry(value, key.span) for key, value in pairs if isinstance(key, Scalar)}
        return Mapping(entries if complete else {}, not complete or len(entries) < len(pairs), span=span)
    return Sequence(tuple(value for _, value in pairs) if complete else (), not complete, span=span)


def _clause(run: Interpreter, clause: cst.CompFor, scope: Scope, element: Callable[[], None], first: Scope) -> bool:
    """Run one `for … if …`; whether all of its items are known."""
    from qp_lint.evaluate.expressions import evaluate

    items = evaluate(run, clause.iter, first)
    known = known_items(items, ITEMS)
    complete = known is not None
    for item in known if known is not None else [any_item(items)]:
        assign(run, clause.target, item, scope)
        tests = [truth(evaluate(run, test.test, scope)) for test in clause.ifs]
        if False in tests:
            continue
        complete = complete and None not in tests
        if clause.inner_for_in is not None:
            complete = _clause(run, clause.inner_for_in, scope, element, scope) and complete
        else:
            element()
    return complete
