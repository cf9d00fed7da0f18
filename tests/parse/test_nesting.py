"""Which Python texts nest too deeply for the native parser."""

from __future__ import annotations

import pytest

from qp_lint.parse.nesting import too_deep

WORDS = "pip install --no-deps a-b c.d | tee log; " * 200


@pytest.mark.parametrize("prefix", ["", "r", "R", "b", "rb"])
def test_a_long_string_is_one_value(prefix: str) -> None:
    assert too_deep(f'cell = {prefix}"""%%bash\n{WORDS}"""\n') is None


@pytest.mark.parametrize("prefix", ["f", "rf", "Fr", "t"])
def test_what_an_f_string_computes_counts(prefix: str) -> None:
    assert too_deep(f'cell = {prefix}"""{{{"-" * 500}1}}"""\n') is not None
    assert too_deep(f'cell = {prefix}"""%%bash\n{WORDS}{{name}}"""\n') is None


@pytest.mark.parametrize("text", ["x = " + "(" * 150 + ")" * 150, "x = " + "not " * 500 + "y", "x = " + "a + " * 500 + "a"])
def test_deep_code_is_found(text: str) -> None:
    assert too_deep(text) is not None
