"""Conditions over settings, in a logic that knows what it does not know.

The file format is described in `rules.model`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qp_lint.rules.predicates import PREDICATES
from qp_lint.rules.truth import Truth
from qp_lint.run import Run
from qp_lint.settings import Setting

COMPARE: dict[str, Callable[[Any, Any], bool]] = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}


def negate(truth: Truth) -> Truth:
    """Not."""
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(truth, truth)


def holds(condition: Any, run: Run, used: list[str]) -> Truth:
    """Whether a condition holds of a run; the settings that make it so are appended to `used`."""
    if isinstance(condition, list):
        return min((holds(item, run, used) for item in condition), default=Truth.TRUE)
    truth = Truth.TRUE
    for key, wanted in condition.items():
        mine: list[str] = []
        if key == "all":
            found = holds(wanted, run, mine)
        elif key == "any":
            found = Truth.FALSE
            for item in wanted:
                inner: list[str] = []
                value = holds(item, run, inner)
                if value > found:
                    found, mine = value, inner
        elif key == "not":
            found = negate(holds(wanted, run, []))
        elif key == "predicate":
            found = PREDICATES[wanted](run)
        else:
            found = setting_truth(run, key, wanted)
            mine = [key]
        truth = min(truth, found)
        if truth is Truth.FALSE:
            return truth
        used += [name for name in mine if name not in used]
    return truth


def required(condition: Any) -> frozenset[str]:
    """Settings that a run must have for a condition to be able to hold: an index, so that few rules are tried on a run."""
    names: set[str] = set()
    for item in condition if isinstance(condition, list) else [condition]:
        for key, wanted in item.items():
            if key == "all":
                names |= required(wanted)
            elif key not in ("any", "not", "predicate") and not (isinstance(wanted, Mapping) and wanted.get("set") is False):
                names.add(key)
    return frozenset(names)


def setting_truth(run: Run, name: str, wanted: Any) -> Truth:
    """Whether one setting is as wanted."""
    setting = run.settings.get(name)
    unset = setting is None or (setting.known and setting.value is None)
    if not isinstance(wanted, Mapping):
        wanted = {"in": wanted if isinstance(wanted, list) else [wanted]}
    truth = Truth.TRUE
    for op, argument in wanted.items():
        if op == "set":
            truth = min(truth, Truth.TRUE if unset != argument else Truth.FALSE)
        elif unset or setting is None:
            return Truth.FALSE
        elif op in ("same", "differs"):
            truth = min(truth, compare_settings(setting, run.settings.get(argument), op == "same"))
        else:
            truth = min(truth, over_values(setting, test_of(op, argument)))
    return truth


def test_of(op: str, argument: Any) -> Callable[[Any], bool]:
    """A test of one plain value."""
    values = argument if isinstance(argument, list) else [argument]
    if op in ("in", "not"):

        def member(value: Any) -> bool:
            inside = any(value == item and isinstance(value, bool) == isinstance(item, bool) for item in values)
            return inside == (op == "in")

        return member
    compare = COMPARE[op]
    return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and compare(value, argument)


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
