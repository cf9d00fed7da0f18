"""Statements, in the order of execution."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate.assign import assign, assign_name, delete
from qp_lint.evaluate.branches import Flow, undecided
from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.classes import define_class
from qp_lint.evaluate.expressions import evaluate
from qp_lint.evaluate.functions import define_function, special
from qp_lint.evaluate.imports import import_from, import_module
from qp_lint.evaluate.interpreter import passed
from qp_lint.evaluate.loops import run_for, run_while
from qp_lint.evaluate.methods import call_method
from qp_lint.evaluate.operators import binary
from qp_lint.evaluate.patterns import run_match
from qp_lint.evaluate.truth import learn, sides_of
from qp_lint.evaluate.values import Both, Comparison, Method, Negation, Quiet, Scope
from qp_lint.tree import Call, Choice, Mapping, Node, Scalar, Unknown

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def block(run: Interpreter, body: Sequence[Any], scope: Scope) -> Flow:
    """Run statements until one leaves the block."""
    for statement in body:
        run.step()
        execute = _STATEMENTS.get(type(statement))
        if execute is not None:
            flow = execute(run, statement, scope)
            if run.ended:
                run.ended = False
                flow = Flow.RAISE
            if flow is not Flow.NEXT:
                return flow
    return Flow.NEXT


def suite(run: Interpreter, body: cst.BaseSuite, scope: Scope) -> Flow:
    """Run an indented block, or the statements after a colon."""
    return block(run, body.body, scope)


def _line(run: Interpreter, node: cst.SimpleStatementLine, scope: Scope) -> Flow:
    return block(run, node.body, scope)


def _expr(run: Interpreter, node: cst.Expr, scope: Scope) -> Flow:
    if not isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString, cst.Ellipsis)):
        evaluate(run, node.value, scope)
    return Flow.NEXT


def _assign(run: Interpreter, node: cst.Assign, scope: Scope) -> Flow:
    value = passed(evaluate(run, node.value, scope), scope.file.span(node.value))
    for target in node.targets:
        assign(run, target.target, value, scope)
    return Flow.NEXT


def _annotated(run: Interpreter, node: cst.AnnAssign, scope: Scope) -> Flow:
    if node.value is not None:
        value = passed(evaluate(run, node.value, scope), scope.file.span(node.value))
        assign(run, node.target, value, scope)
    return Flow.NEXT


def _augmented(run: Interpreter, node: cst.AugAssign, scope: Scope) -> Flow:
    old = evaluate(run, node.target, scope)
    value = evaluate(run, node.value, scope)
    operator = type(node.operator).__name__.replace("Assign", "")
    if isinstance(old, Mapping) and operator == "BitOr":
        call_method(run, Method(old, "update"), Arguments((value,)))
        return Flow.NEXT
    assign(run, node.target, binary(run, operator, old, value, scope.file.span(node)), scope)
    return Flow.NEXT


def _if(run: Interpreter, node: cst.If, scope: Scope) -> Flow:
    test = evaluate(run, node.test, scope)
    if run.ended:
        return Flow.RAISE
    span = scope.file.span(node.test)
    assert span is not None
    decided = sides_of(run, test, span)

    def taken() -> Flow:
        return suite(run, node.body, scope)

    def other() -> Flow:
        if node.orelse is None:
            return Flow.NEXT
        if isinstance(node.orelse, cst.If):
            return _if(run, node.orelse, scope)
        return suite(run, node.orelse.body, scope)

    if isinstance(decided, bool):
        _keep(run, node, test, decided, scope)
        return taken() if decided else other()
    bodies: list[Callable[[], Flow]] = [taken if side else other for side in decided.sides]
    return undecided(run, decided.branch, bodies, [learn(test, side) for side in decided.sides], (test, decided.sides))


def _keep(run: Interpreter, node: cst.If, test: Node, decided: bool, scope: Scope) -> None:
    """Keep what a known test decided: one side, and what follows where the other one returns a value."""
    span = scope.file.span
    taken = node.body if decided else node.orelse
    if taken is not None:
        run.decided(test, span(node.test), span(taken))
    left = node.orelse if decided else node.body
    line = left.body[-1] if isinstance(left, cst.IndentedBlock) and left.body else None
    last = line.body[-1] if isinstance(line, cst.SimpleStatementLine) else None
    if isinstance(last, cst.Return) and last.value is not None and run.active:
        run.decided(test, span(node.test), span(run.active[-1][0]), span(node))


def _return(run: Interpreter, node: cst.Return, scope: Scope) -> Flow:
    run.returned = Scalar(None)
    if node.value is not None:
        value = evaluate(run, node.value, scope)
        run.returned = passed(value, scope.file.span(node.value))
    return Flow.RETURN


def _raise(run: Interpreter, node: cst.Raise, scope: Scope) -> Flow:
    error = node.exc
    if isinstance(error, cst.Call) and isinstance(error.func, cst.Name) and error.func.value == "SystemExit":
        evaluate(run, error, scope)  # `raise SystemExit(main())`
    return Flow.RAISE


def _break(run: Interpreter, node: cst.Break, scope: Scope) -> Flow:
    return Flow.BREAK


def _continue(run: Interpreter, node: cst.Continue, scope: Scope) -> Flow:
    return Flow.CONTINUE


def _assert(run: Interpreter, node: cst.Assert, scope: Scope) -> Flow:
    test = evaluate(run, node.test, scope)
    span = scope.file.span(node.test)
    decided = sides_of(run, test, span) if span is not None else True
    if isinstance(decided, bool):
        return Flow.NEXT if decided else Flow.RAISE
    if not isinstance(test, (Choice, Comparison, Negation, Both)):
        return Flow.NEXT
    bodies = [functools.partial(_end, Flow.NEXT if side else Flow.RAISE) for side in decided.sides]
    return undecided(
        run,
        decided.branch,
        list[Callable[[], Flow]](bodies),
        [learn(test, side) for side in decided.sides],
        (test, decided.sides),
    )


def _end(flow: Flow) -> Flow:
    return flow


def _del(run: Interpreter, node: cst.Del, scope: Scope) -> Flow:
    targets = [element.value for element in node.target.elements] if isinstance(node.target, cst.Tuple) else [node.target]
    for target in targets:
        delete(run, target, scope)
    return Flow.NEXT


def _shared(run: Interpreter, node: cst.Global | cst.Nonlocal, scope: Scope) -> Flow:
    names = scope.outer if isinstance(node, cst.Global) else scope.shared
    names.update(item.name.value for item in node.names)
    return Flow.NEXT


def _with(run: Interpreter, node: cst.With, scope: Scope) -> Flow:
    mark = len(run.calls)
    tested = False
    managers: list[Node] = []
    for item in node.items:
        manager = evaluate(run, item.item, scope)
        name = manager.hint if isinstance(manager, Quiet) else manager.function if isinstance(manager, Call) else ""
        tested = tested or name.startswith(("unittest.mock.", "pytest."))
        managers.append(manager)
        value = special(run, manager, "__enter__") or manager
        if item.asname is not None:
            assign(run, item.asname.name, value, scope)
    flow = suite(run, node.body, scope)
    kept = run.returned
    for manager in reversed(managers):
        special(run, manager, "__exit__", Scalar(None), Scalar(None), Scalar(None))
        if flow is Flow.RAISE and isinstance(manager, Quiet) and manager.hint == "contextlib.suppress":
            flow = Flow.NEXT
    run.returned = kept
    if tested:
        run.forget(mark)
    return flow


def _try(run: Interpreter, node: cst.Try | cst.TryStar, scope: Scope) -> Flow:
    guards = len(run.guards)
    flow = suite(run, node.body, scope)
    if node.handlers:
        del run.guards[guards:]  # what raises may be caught
    handlers = [handler for handler in node.handlers if flow is Flow.RAISE or not _only_imports(handler)]

    def rest() -> Flow:
        if flow is not Flow.NEXT or node.orelse is None:
            return flow
        return suite(run, node.orelse.body, scope)

    def handle(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> Flow:
        if handler.name is not None:
            assign(run, handler.name.name, Unknown(), scope)
        return suite(run, handler.body, scope)

    bodies: list[Callable[[], Flow]] = [functools.partial(handle, handler) for handler in handlers]
    if flow is not Flow.RAISE:
        bodies.insert(0, rest)
    kept = run.returned
    if len(bodies) <= 1:
        flow = bodies[0]() if bodies else flow
    elif handlers and (span := scope.file.span(handlers[0])) is not None:

        def first() -> Flow:
            run.returned = kept
            return rest()

        if flow is not Flow.RAISE:
            bodies[0] = first
        flow = undecided(run, span, bodies)
    if node.finalbody is not None:
        kept = run.returned
        last = suite(run, node.finalbody.body, scope)
        if last is not Flow.NEXT:
            return last
        run.returned = kept
    return flow


def _only_imports(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler is for modules that cannot be imported: what the try does is what counts then."""
    return handler.type is not None and any(name in ("ImportError", "ModuleNotFoundError") for name in _names(handler.type))


def _names(node: cst.BaseExpression) -> list[str]:
    if isinstance(node, cst.Tuple):
        return [name for element in node.elements for name in _names(element.value)]
    if isinstance(node, cst.Attribute):
        return [node.attr.value]
    return [node.value] if isinstance(node, cst.Name) else []


def _class(run: Interpreter, node: cst.ClassDef, scope: Scope) -> Flow:
    assign_name(run, node.name.value, define_class(run, node, scope), scope)
    return Flow.NEXT


def _function(run: Interpreter, node: cst.FunctionDef, scope: Scope) -> Flow:
    assign_name(run, node.name.value, define_function(run, node, scope), scope)
    return Flow.NEXT


def _import(run: Interpreter, node: cst.Import, scope: Scope) -> Flow:
    import_module(run, node, scope)
    return Flow.NEXT


def _import_from(run: Interpreter, node: cst.ImportFrom, scope: Scope) -> Flow:
    import_from(run, node, scope)
    return Flow.NEXT


_STATEMENTS: dict[type, Callable[[Interpreter, Any, Scope], Flow]] = {
    cst.SimpleStatementLine: _line,
    cst.Expr: _expr,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.If: _if,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Assert: _assert,
    cst.Del: _del,
    cst.Global: _shared,
    cst.Nonlocal: _shared,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: run_match,
    cst.For: run_for,
    cst.While: run_while,
    cst.ClassDef: _class,
    cst.FunctionDef: _function,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
}
