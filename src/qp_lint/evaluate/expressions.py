"""Expressions: each gives a node."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from qp_lint.evaluate.assign import assign
from qp_lint.evaluate.attributes import get_attribute
from qp_lint.evaluate.calls import call_expression, items_of
from qp_lint.evaluate.items import chosen, get_item
from qp_lint.evaluate.loops import comprehension
from qp_lint.evaluate.names import look_up
from qp_lint.evaluate.operators import binary, compare, distinct, key_of, layered, lift, negate
from qp_lint.evaluate.state import blurred
from qp_lint.evaluate.strings import formatted, literal
from qp_lint.evaluate.truth import Undecided, either, learn, settled, sides_of, truth
from qp_lint.evaluate.values import Both, Class, Either, Function, Scope
from qp_lint.tree import Choice, Entry, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

UNIONS = ("typing.Union", "typing.Optional", "typing_extensions.Union")


def evaluate(run: Interpreter, node: Any, scope: Scope) -> Node:
    """The value of an expression."""
    run.step()
    found = _EXPRESSIONS.get(type(node))
    if found is None:
        return Unknown(span=scope.file.span(node))
    value = found(run, node, scope)
    return settled(run, value) if run.arms or run.guards else value


def _name(run: Interpreter, node: cst.Name, scope: Scope) -> Node:
    if node.value in ("True", "False", "None"):
        value = {"True": True, "False": False, "None": None}[node.value]
        return Scalar(value, node.value, span=scope.file.span(node))
    return look_up(run, node.value, scope)


def _number(run: Interpreter, node: cst.Integer | cst.Float, scope: Scope) -> Node:
    span = scope.file.span(node)
    if len(node.value) > 300:
        return Unknown(span=span)
    try:
        value = int(node.value) if node.value.isdecimal() else node.evaluated_value  # which compiles the text
        return Scalar(value, node.value, span=span)
    except (ValueError, SyntaxError):
        return Unknown(span=span)


def _string(run: Interpreter, node: cst.SimpleString, scope: Scope) -> Node:
    return literal(node, scope.file.span(node))


def _strings(run: Interpreter, node: cst.ConcatenatedString, scope: Scope) -> Node:
    parts: list[Any] = []
    current: Any = node
    while isinstance(current, cst.ConcatenatedString):
        parts.append(current.left)
        current = current.right
    values = [evaluate(run, part, scope) for part in [*parts, current]]
    span = scope.file.span(node)
    if all(isinstance(value, Scalar) and isinstance(value.value, str) for value in values):
        return Scalar("".join(str(value.value) for value in values if isinstance(value, Scalar)), span=span)
    return functools.reduce(lambda left, right: binary(run, "Add", left, right, span), values)


def _formatted(run: Interpreter, node: cst.FormattedString, scope: Scope) -> Node:
    parts: list[str | tuple[Node, str, str]] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            parts.append(part.value.replace("{{", "{").replace("}}", "}"))
        elif isinstance(part, cst.FormattedStringExpression):
            spec = "".join(item.value if isinstance(item, cst.FormattedStringText) else "\0" for item in part.format_spec or ())
            spec = "\0" if part.equal is not None else spec
            parts.append((evaluate(run, part.expression, scope), part.conversion or "", spec))
    return formatted(parts, scope.file.span(node), raw="r" in node.prefix.lower())


def _sequence(run: Interpreter, node: cst.List | cst.Tuple | cst.Set, scope: Scope) -> Node:
    items: list[Node] = []
    open_ = False
    for element in node.elements:
        value = evaluate(run, element.value, scope)
        if isinstance(element, cst.StarredElement):
            known = items_of(settled(run, value))
            open_ = open_ or known is None
            items += known or ()
        elif not open_:  # where the others stand is not known
            items.append(value)
    if isinstance(node, cst.Set):
        items, open_ = distinct(items), open_ or any(not isinstance(item, Scalar) for item in items)
    return Sequence(tuple(items), open_, span=scope.file.span(node))


def _dict(run: Interpreter, node: cst.Dict, scope: Scope) -> Node:
    entries: dict[str, Entry] = {}
    open_ = False
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            key = evaluate(run, element.key, scope)
            value = evaluate(run, element.value, scope)
            if isinstance(key, Scalar):
                entries[key_of(key)] = Entry(value, scope.file.span(element.key))
            else:
                entries = {name: Entry(blurred(entry.value), entry.span) for name, entry in entries.items()}
                open_ = True
        else:
            entries, more = layered(entries, evaluate(run, element.value, scope))
            open_ = open_ or more
    return Mapping(entries, open_, span=scope.file.span(node))


def _attribute(run: Interpreter, node: cst.Attribute, scope: Scope) -> Node:
    receiver = evaluate(run, node.value, scope)
    return get_attribute(run, receiver, node.attr.value, scope.file.span(node))


def _subscript(run: Interpreter, node: cst.Subscript, scope: Scope) -> Node:
    receiver = evaluate(run, node.value, scope)
    keys: list[Node] = []
    for element in node.slice:
        if isinstance(element.slice, cst.Index):
            keys.append(evaluate(run, element.slice.value, scope))
        else:
            bounds = [evaluate(run, bound, scope) if bound is not None else Scalar(None) for bound in _bounds(element.slice)]
            keys.append(Sequence(tuple(bounds)))
    if isinstance(receiver, Reference) and receiver.name in UNIONS and any(isinstance(key, (Class, Function)) for key in keys):
        return Either(tuple(keys), span=scope.file.span(node))
    sliced = any(not isinstance(element.slice, cst.Index) for element in node.slice)
    key = keys[0] if len(keys) == 1 else Unknown()
    span = scope.file.span(node)
    if isinstance(receiver, Mapping) and isinstance(key, Scalar):
        chosen(run, receiver, key, span)
    return get_item(run, receiver, key, span, sliced=sliced)


def _bounds(node: Any) -> list[Any]:
    return [node.lower, node.upper, node.step]


def _binary(run: Interpreter, node: cst.BinaryOperation, scope: Scope) -> Node:
    left = evaluate(run, node.left, scope)
    right = evaluate(run, node.right, scope)
    return binary(run, type(node.operator).__name__, left, right, scope.file.span(node))


def _boolean(run: Interpreter, node: cst.BooleanOperation, scope: Scope) -> Node:
    """`and`, `or`: the right side is evaluated only where the left one does not decide."""
    left = evaluate(run, node.left, scope)
    is_or = isinstance(node.operator, cst.Or)
    known = truth(left)
    if known is not None:
        return left if known is is_or else evaluate(run, node.right, scope)
    span = scope.file.span(node.left)
    assert span is not None
    decided = sides_of(run, left, span)
    if isinstance(decided, bool):
        return left if decided is is_or else evaluate(run, node.right, scope)
    results: list[Node] = []

    def right() -> Node:
        results.append(evaluate(run, node.right, scope))
        return results[-1]

    bodies: list[Callable[[], Node]] = [(lambda: left) if side is is_or else right for side in decided.sides]
    value = either(run, decided.branch, bodies, [learn(left, side) for side in decided.sides])
    if isinstance(left, Choice) and left.branch is not None:
        return value
    return _undecided_boolean(run, is_or, left, results[-1] if results else value, decided)


def _undecided_boolean(run: Interpreter, is_or: bool, left: Node, right: Node, decided: Undecided) -> Node:
    """`and`, `or` of an unknown: a condition that the branch of the unknown decides, one of both values, or unknown."""
    known = truth(right)
    if is_or and not (isinstance(right, Scalar) and isinstance(right.value, bool)):
        options = [option for option in (left.options if isinstance(left, Choice) else (left,)) if truth(option) is not False]
        return choice([*options, right])
    if known is is_or:
        return right
    if known is not None:
        return choice([Scalar(is_or) if side is is_or else right for side in decided.sides], branch=decided.branch)
    return run.comparison("Or" if is_or else "And", left, right, lambda: Both(operands=(left, right)) if not is_or else Unknown())


def _unary(run: Interpreter, node: cst.UnaryOperation, scope: Scope) -> Node:
    value = evaluate(run, node.expression, scope)
    span = scope.file.span(node)
    if isinstance(node.operator, cst.Not):
        return negate(run, value, span)
    if isinstance(node.operator, cst.Minus):

        def minus(option: Node) -> Node:
            if isinstance(option, Scalar) and isinstance(option.value, (int, float)):
                return Scalar(-option.value, f"-{option.raw}", span=span, via=option.via)
            return Unknown(span=span)

        return lift(value, minus)
    return value if isinstance(node.operator, cst.Plus) else Unknown(span=span)


def _comparison(run: Interpreter, node: cst.Comparison, scope: Scope) -> Node:
    span = scope.file.span(node)
    left = evaluate(run, node.left, scope)
    results: list[Node] = []
    for target in node.comparisons:
        right = evaluate(run, target.comparator, scope)
        results.append(compare(run, type(target.operator).__name__, left, right, span))
        left = right
    if len(results) == 1:
        return results[0]
    answers = [truth(result) for result in results]
    if False in answers:
        return Scalar(False, span=span)
    return Scalar(True, span=span) if None not in answers else Unknown(span=span)


def _conditional(run: Interpreter, node: cst.IfExp, scope: Scope) -> Node:
    test = evaluate(run, node.test, scope)
    span = scope.file.span(node.test)
    assert span is not None
    decided = sides_of(run, test, span)
    if isinstance(decided, bool):
        taken = node.body if decided else node.orelse
        run.decided(test, span, scope.file.span(taken))
        return evaluate(run, taken, scope)
    bodies: list[Callable[[], Node]] = [
        (lambda: evaluate(run, node.body, scope)) if side else (lambda: evaluate(run, node.orelse, scope))
        for side in decided.sides
    ]
    return either(run, decided.branch, bodies, [learn(test, side) for side in decided.sides])


def _named(run: Interpreter, node: cst.NamedExpr, scope: Scope) -> Node:
    value = evaluate(run, node.value, scope)
    while scope.inner and scope.parent is not None:
        scope = scope.parent
    assign(run, node.target, value, scope)
    return value


def _lambda(run: Interpreter, node: cst.Lambda, scope: Scope) -> Node:
    from qp_lint.evaluate.functions import defaults_of

    return Function("<lambda>", node, scope, defaults_of(run, node.params, scope), span=scope.file.span(node))


def _await(run: Interpreter, node: cst.Await, scope: Scope) -> Node:
    return evaluate(run, node.expression, scope)


def _yield(run: Interpreter, node: cst.Yield, scope: Scope) -> Node:
    if isinstance(node.value, cst.From):
        evaluate(run, node.value.item, scope)
        run.yielded += [Unknown(), Unknown()]
    else:
        run.yielded.append(evaluate(run, node.value, scope) if node.value is not None else Scalar(None))
    return Unknown(span=scope.file.span(node))


_EXPRESSIONS: dict[type, Callable[[Interpreter, Any, Scope], Node]] = {
    cst.Name: _name,
    cst.Integer: _number,
    cst.Float: _number,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _strings,
    cst.FormattedString: _formatted,
    cst.List: _sequence,
    cst.Tuple: _sequence,
    cst.Set: _sequence,
    cst.Dict: _dict,
    cst.Attribute: _attribute,
    cst.Subscript: _subscript,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.UnaryOperation: _unary,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.NamedExpr: _named,
    cst.Lambda: _lambda,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.Call: call_expression,
    cst.ListComp: comprehension,
    cst.SetComp: comprehension,
    cst.GeneratorExp: comprehension,
    cst.DictComp: comprehension,
}
