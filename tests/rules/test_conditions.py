"""Conditions: what is known decides, what is possible warns, what is unknown never fires."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.rules.conditions import holds
from qp_lint.rules.truth import Truth
from qp_lint.run import Run
from qp_lint.settings import Setting
from qp_lint.versions import Admitted, Versions

STAGE = "parallel.zero.stage"


def run(**settings: Any) -> Run:
    """A run; a tuple value is several possible values, its last item ... says that there may be others."""
    made = {}
    for name, value in settings.items():
        name = name.replace("__", ".")
        values = value if isinstance(value, tuple) else (value,)
        exact = ... not in values
        made[name] = Setting(name, tuple(item for item in values if item is not ...), exact)
    return Run(("run",), made, (), Versions())


@pytest.mark.parametrize(
    ("settings", "condition", "truth"),
    [
        ({"parallel__zero__stage": 3}, {STAGE: 3}, Truth.TRUE),
        ({"parallel__zero__stage": 2}, {STAGE: 3}, Truth.FALSE),
        ({"parallel__zero__stage": (2, 3)}, {STAGE: 3}, Truth.MAYBE),
        ({"parallel__zero__stage": (3, ...)}, {STAGE: 3}, Truth.MAYBE),
        ({"parallel__zero__stage": (2, ...)}, {STAGE: 3}, Truth.UNKNOWN),
        ({"parallel__zero__stage": (...,)}, {STAGE: 3}, Truth.UNKNOWN),
        ({}, {STAGE: 3}, Truth.FALSE),
        ({"parallel__zero__stage": None}, {STAGE: {"set": False}}, Truth.TRUE),
        ({"parallel__zero__stage": (...,)}, {STAGE: {"set": True}}, Truth.TRUE),
        ({"parallel__zero__stage": 2}, {STAGE: {"ge": 2, "lt": 3}}, Truth.TRUE),
        ({"parallel__zero__stage": 2}, {STAGE: {"not": [1, 3]}}, Truth.TRUE),
        ({}, {STAGE: {"not": [1, 3]}}, Truth.FALSE),
        ({"parallel__zero__stage": True}, {STAGE: 1}, Truth.FALSE),
        ({"parallel__zero__stage": 3}, {"not": {STAGE: 3}}, Truth.FALSE),
        ({"parallel__zero__stage": (2, 3)}, {"not": {STAGE: 3}}, Truth.MAYBE),
        ({"model__dtype": "float16", "train__precision": "float16"}, {"model.dtype": {"same": "train.precision"}}, Truth.TRUE),
        ({"model__dtype": "float16"}, {"model.dtype": {"differs": "train.precision"}}, Truth.UNKNOWN),
        ({"parallel__zero__stage": 3}, {"any": [{STAGE: 2}, {STAGE: 3}]}, Truth.TRUE),
    ],
)
def test_truth(settings: dict[str, Any], condition: dict[str, Any], truth: Truth) -> None:
    assert holds(condition, run(**settings), []) is truth


def test_what_the_requirements_name() -> None:
    judged = Run(("run",), {}, (), Versions({"autoawq": Admitted("", "requirements.txt")}))
    assert holds({"requires": "autoawq"}, judged, []) is Truth.TRUE
    assert holds({"not": {"requires": "autoawq"}}, judged, []) is Truth.FALSE
    assert holds({"requires": "auto-gptq"}, judged, []) is Truth.FALSE


VALUES = st.sampled_from([(1,), (2,), (1, 2), (1, ...), (...,)])
CONDITIONS = st.recursive(
    st.sampled_from([{STAGE: 1}, {STAGE: [1, 2]}, {STAGE: {"not": 1}}, {STAGE: {"set": True}}, {"tuning.adapters": {"gt": 1}}]),
    lambda inner: st.one_of(
        st.builds(lambda a, b: {"all": [a, b]}, inner, inner),
        st.builds(lambda a, b: {"any": [a, b]}, inner, inner),
        st.builds(lambda a: {"not": a}, inner),
    ),
    max_leaves=5,
)


@given(CONDITIONS, CONDITIONS, VALUES, VALUES)
def test_the_logic_is_sound(a: dict[str, Any], b: dict[str, Any], stage: Any, adapters: Any) -> None:
    judged = run(parallel__zero__stage=stage, tuning__adapters=adapters)
    not_both = {"not": {"all": [a, b]}}
    either_not = {"any": [{"not": a}, {"not": b}]}
    assert holds(not_both, judged, []) is holds(either_not, judged, [])
    assert holds({"not": {"not": a}}, judged, []) is holds(a, judged, [])


@given(CONDITIONS, VALUES, VALUES)
def test_what_is_certain_holds_for_every_possible_value(condition: dict[str, Any], stage: Any, adapters: Any) -> None:
    truth = holds(condition, run(parallel__zero__stage=stage, tuning__adapters=adapters), [])
    possible = [
        holds(condition, run(parallel__zero__stage=s, tuning__adapters=t), [])
        for s in ([1, 2, 3] if ... in stage else [v for v in stage if v is not ...])
        for t in ([1, 2, 3] if ... in adapters else [v for v in adapters if v is not ...])
    ]
    if truth is Truth.TRUE:
        assert set(possible) == {Truth.TRUE}
    if truth is Truth.FALSE:
        assert set(possible) == {Truth.FALSE}
