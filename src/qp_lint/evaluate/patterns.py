"""`match`: which of its cases a value fits, and what the patterns bind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import libcst as cst

from qp_lint.evaluate.assign import assign_name
from qp_lint.evaluate.attributes import get_attribute
from qp_lint.evaluate.branches import Flow, undecided
from qp_lint.evaluate.operators import compare, key_of
from qp_lint.evaluate.truth import settled, truth
from qp_lint.evaluate.values import Class, Instance, LibraryInstance, Scope, may_lack
from qp_lint.tree import Choice, Mapping, Node, Reference, Scalar, Sequence, Unknown, leaves

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

Fit: TypeAlias = "tuple[bool | None, dict[str, Node]]"
"""Whether a value fits a pattern, None where that is not known, and the names that it binds then."""

SELF = frozenset(f"builtins.{name}" for name in ("bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple"))


def run_match(run: Interpreter, node: cst.Match, scope: Scope) -> Flow:
    """A `match` statement."""
    from qp_lint.evaluate.expressions import evaluate

    subject = settled(run, evaluate(run, node.subject, scope))
    if isinstance(subject, Choice) and subject.branch is not None:
        sides: list[Callable[[], Flow]] = [lambda side=side: _cases(run, node, side, scope) for side in subject.options]  # type: ignore[misc]
        return undecided(run, subject.branch, sides)
    return _cases(run, node, subject, scope)


def _cases(run: Interpreter, node: cst.Match, subject: Node, scope: Scope) -> Flow:
    """Run the cases that a subject may fit."""
    from qp_lint.evaluate.expressions import evaluate
    from qp_lint.evaluate.statements import suite

    span = scope.file.span(node.subject)
    assert span is not None
    bodies: list[Callable[[], Flow]] = []
    for case in node.cases:
        fits, names = _fit(run, subject, case.pattern, scope)
        if fits is not False and case.guard is not None:
            _bind(run, names, scope)
            holds = truth(evaluate(run, case.guard, scope))
            fits = False if holds is False else fits if holds else None
        if fits is False:
            continue

        def body(case: cst.MatchCase = case, names: dict[str, Node] = names) -> Flow:
            _bind(run, names, scope)
            return suite(run, case.body, scope)

        bodies.append(body)
        if fits:
            run.decided(subject, span, scope.file.span(case.body))
            break
    else:
        bodies.append(lambda: Flow.NEXT)
    return bodies[0]() if len(bodies) == 1 else undecided(run, span, bodies)


def _bind(run: Interpreter, names: dict[str, Node], scope: Scope) -> None:
    for name, value in names.items():
        assign_name(run, name, value, scope)


def _fit(run: Interpreter, subject: Node, pattern: cst.MatchPattern, scope: Scope) -> Fit:
    from qp_lint.evaluate.expressions import evaluate

    if isinstance(pattern, cst.MatchAs):
        fits, names = _fit(run, subject, pattern.pattern, scope) if pattern.pattern is not None else (True, {})
        return fits, {**names, pattern.name.value: subject} if pattern.name is not None else names
    if isinstance(pattern, cst.MatchOr):
        return _fit_any(run, subject, pattern, scope)
    if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
        operator = "Equal" if isinstance(pattern, cst.MatchValue) else "Is"
        result = compare(run, operator, subject, evaluate(run, pattern.value, scope), None)
        answers = {bool(option.value) if isinstance(option, Scalar) else None for option in leaves(result)}
        return answers.pop() if len(answers) == 1 else None, {}
    fit = _STRUCTURES.get(type(pattern))
    if fit is None or isinstance(subject, Choice):
        return None, dict.fromkeys(_bound(pattern), Unknown())
    fits, names = fit(run, subject, pattern, scope)
    return fits, {**dict.fromkeys(_bound(pattern), Unknown()), **names}


def _fit_any(run: Interpreter, subject: Node, pattern: cst.MatchOr, scope: Scope) -> Fit:
    """`a | b`: the first alternative that fits, when it is known that those before do not."""
    unknown: dict[str, Node] = dict.fromkeys(_bound(pattern), Unknown())
    found = [_fit(run, subject, item.pattern, scope) for item in pattern.patterns]
    possible = [(fits, names) for fits, names in found if fits is not False]
    if not possible:
        return False, unknown
    if possible[0][0] or len(possible) == 1:
        return possible[0]
    return (True if any(fits for fits, _ in possible) else None), unknown


def _fit_each(run: Interpreter, pairs: list[tuple[Node, cst.MatchPattern]], scope: Scope) -> Fit:
    """Whether all of several values fit their patterns."""
    answer: bool | None = True
    bound: dict[str, Node] = {}
    for value, pattern in pairs:
        fits, names = _fit(run, value, pattern, scope)
        bound.update(names)
        if fits is False:
            return False, bound
        answer = answer and fits
    return answer, bound


def _sequence(run: Interpreter, subject: Node, pattern: Any, scope: Scope) -> Fit:
    """`[first, *rest]`."""
    if not isinstance(subject, Sequence):
        return (False if isinstance(subject, (Scalar, Mapping)) else None), {}
    if subject.open:
        return None, {}
    patterns, items = list(pattern.patterns), list(subject.items)
    star = next((index for index, item in enumerate(patterns) if isinstance(item, cst.MatchStar)), None)
    if len(items) != len(patterns) if star is None else len(items) < len(patterns) - 1:
        return False, {}
    rest: dict[str, Node] = {}
    if star is not None:
        behind = len(patterns) - star - 1
        middle = items[star : len(items) - behind]
        name = patterns.pop(star).name
        rest = {name.value: Sequence(tuple(middle), span=subject.span)} if name is not None else {}
        items = [*items[:star], *items[len(items) - behind :]]
    fits, names = _fit_each(run, [(item, part.value) for item, part in zip(items, patterns, strict=True)], scope)
    return fits, {**names, **rest}


def _mapping(run: Interpreter, subject: Node, pattern: Any, scope: Scope) -> Fit:
    """`{"key": pattern, **rest}`."""
    from qp_lint.evaluate.expressions import evaluate

    if not isinstance(subject, Mapping):
        return (False if isinstance(subject, (Scalar, Sequence)) else None), {}
    pairs: list[tuple[Node, cst.MatchPattern]] = []
    taken: set[str] = set()
    sure = True
    for element in pattern.elements:
        key = evaluate(run, element.key, scope)
        entry = subject.entries.get(key_of(key)) if isinstance(key, Scalar) else None
        if isinstance(key, Scalar) and entry is None and not subject.open:
            return False, {}
        if entry is None or may_lack(entry):
            sure = False
        else:
            taken.add(key_of(key) if isinstance(key, Scalar) else "")
            pairs.append((entry.value, element.pattern))
    fits, names = _fit_each(run, pairs, scope)
    if pattern.rest is not None:
        left = {name: entry for name, entry in subject.entries.items() if name not in taken}
        names[pattern.rest.value] = Mapping(left, subject.open, span=subject.span)
    return (fits if sure or fits is False else None), names


def _class(run: Interpreter, subject: Node, pattern: Any, scope: Scope) -> Fit:
    """`Config(bits, stage=3)`, `str(name)`."""
    from qp_lint.evaluate.builtin import is_a
    from qp_lint.evaluate.expressions import evaluate

    kind = evaluate(run, pattern.cls, scope)
    fits = is_a(subject, kind)
    if not fits:
        return fits, {}
    pairs = [(get_attribute(run, subject, item.key.value, None), item.pattern) for item in pattern.kwds]
    if isinstance(kind, Reference) and kind.name in SELF:
        pairs += [(subject, item.value) for item in pattern.patterns]
    elif isinstance(subject, (Instance, LibraryInstance)) and isinstance(kind, Class):
        if len(pattern.patterns) > len(kind.fields()):
            return None, {}
        for name, item in zip(kind.fields(), pattern.patterns, strict=False):
            pairs.append((get_attribute(run, subject, name, None), item.value))
    elif pattern.patterns:
        return None, {}
    return _fit_each(run, pairs, scope)


_STRUCTURES: dict[type, Callable[[Interpreter, Node, Any, Scope], Fit]] = {
    cst.MatchList: _sequence,
    cst.MatchTuple: _sequence,
    cst.MatchMapping: _mapping,
    cst.MatchClass: _class,
}


def _bound(pattern: Any) -> list[str]:
    """The names that a pattern binds."""
    names: list[str] = []
    todo: list[Any] = [pattern]
    while todo:
        node = todo.pop()
        name = getattr(node, "rest" if isinstance(node, cst.MatchMapping) else "name", None)
        if isinstance(node, (cst.MatchAs, cst.MatchStar, cst.MatchMapping)) and isinstance(name, cst.Name):
            names.append(name.value)
        todo += [child for child in getattr(node, "children", ()) if not isinstance(child, cst.BaseExpression)]
    return names
