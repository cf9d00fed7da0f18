"""Conditions over settings, in a logic that knows what it does not know.

The file format is described in `rules.model`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qp_lint.rules.predicates import PREDICATES
from qp_lint.rules.truth import Truth
from qp_lint.run import Run
from qp_lint.settings import Rank, Setting

COMPARE: dict[str, Callable[[Any, Any], bool]] = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}


def negate(truth: Truth) -> Truth:
    """Not."""
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(truth, truth)


def holds(condition: Any, run: Run, used: list[str], *, negated: bool = False) -> Truth:
    """Whether a condition holds of a run, or its opposite; the settings that make it so are appended to `used`.

    `not` is handed down to the single tests, so that of a setting with several possible values it asks for one that fails.
    """
    if isinstance(condition, list):
        return _every(condition, run, used, negated) if not negated else _some(condition, run, used, negated)
    parts = [{key: wanted} for key, wanted in condition.items()]
    if len(parts) != 1:
        return _every(parts, run, used, negated) if not negated else _some(parts, run, used, negated)
    ((key, wanted),) = condition.items()
    if key == "not":
        return holds(wanted, run, [], negated=not negated)
    if key in ("all", "any"):
        items = wanted if isinstance(wanted, list) else [wanted]
        return (_every if (key == "all") != negated else _some)(items, run, used, negated)
    if key == "requires":
        named = wanted in run.versions.admitted
        return Truth.TRUE if named != negated else Truth.FALSE
    if key == "predicate":
        found = PREDICATES[wanted](run)
        return negate(found) if negated else found
    found = setting_truth(run, key, wanted, negated=negated)
    if found is not Truth.FALSE and key not in used:
        used.append(key)
    return found


def _every(conditions: Sequence[Any], run: Run, used: list[str], negated: bool) -> Truth:
    """Whether all conditions hold; the settings of all of them count."""
    truth = Truth.TRUE
    for item in conditions:
        truth = min(truth, holds(item, run, used, negated=negated))
        if truth is Truth.FALSE:
            break
    return truth


def _some(conditions: Sequence[Any], run: Run, used: list[str], negated: bool) -> Truth:
    """Whether one condition holds; the settings of the first that is truest count."""
    truth, mine = Truth.FALSE, list[str]()
    for item in conditions:
        inner: list[str] = []
        found = holds(item, run, inner, negated=negated)
        if found > truth:
            truth, mine = found, inner
    used += [name for name in mine if name not in used]
    return truth


def required(condition: Any) -> frozenset[str]:
    """Settings that a run must have for a condition to be able to hold: an index, so that few rules are tried on a run."""
    names: set[str] = set()
    for item in condition if isinstance(condition, list) else [condition]:
        for key, wanted in item.items():
            if key == "all":
                names |= required(wanted)
            elif key not in ("any", "not", "predicate", "requires") and not (
                isinstance(wanted, Mapping) and wanted.get("set") is False
            ):
                names.add(key)
    return frozenset(names)


def setting_truth(run: Run, name: str, wanted: Any, *, negated: bool = False) -> Truth:
    """Whether one setting is as wanted, or is not."""
    setting = run.settings.get(name)
    unset = setting is None or (setting.known and setting.value is None)
    if not isinstance(wanted, Mapping):
        wanted = {"in": wanted if isinstance(wanted, list) else [wanted]}
    found: list[Truth] = []
    for op, argument in wanted.items():
        if op == "set" and setting is not None and not setting.values and setting.rank is Rank.DEFAULT:
            found.append(Truth.UNKNOWN)  # it may be written somewhere: nobody knows
        elif op == "set":
            found.append(Truth.TRUE if (unset != argument) != negated else Truth.FALSE)
        elif unset or setting is None:
            found.append(Truth.TRUE if negated else Truth.FALSE)
        elif op in ("same", "differs"):
            found.append(compare_settings(setting, run.settings.get(argument), (op == "same") != negated))
        else:
            found.append(over_values(setting, test_of(op, argument, negated)))
    return max(found) if negated else min(found)


def test_of(op: str, argument: Any, negated: bool) -> Callable[[Any], bool]:
    """A test of one plain value, or its opposite."""
    values = argument if isinstance(argument, list) else [argument]
    if op in ("in", "not"):

        def member(value: Any) -> bool:
            inside = any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in values)
            return (inside == (op == "in")) != negated

        return member
    compare = COMPARE[op]

    def number(value: Any) -> bool:
        return (isinstance(value, (int, float)) and not isinstance(value, bool) and compare(value, argument)) != negated

    return number


def over_values(setting: Setting, test: Callable[[Any], bool]) -> Truth:
    """A test over all possible values."""
    if not setting.values:
        return Truth.UNKNOWN
    results = [test(value) for value in setting.values]
    if all(results):
        return Truth.TRUE if setting.exact else Truth.MAYBE
    if any(results):
        return Truth.MAYBE
    return Truth.FALSE if setting.exact else Truth.UNKNOWN


def compare_settings(left: Setting, right: Setting | None, same: bool) -> Truth:
    """Whether two settings have the same value; only known values are compared."""
    if right is None or not (left.known and right.known) or right.value is None:
        return Truth.UNKNOWN
    return Truth.TRUE if (left.value == right.value) == same else Truth.FALSE
