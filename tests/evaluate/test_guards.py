"""What is known behind an `if` that raises, and what is not code at all."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import plain, program, shown

CHOICES = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("--bits", type=int, default=16, choices=[4, 8, 16])
bits = p.parse_args().bits
"""


@pytest.mark.parametrize(
    "guard",
    [
        "if bits == 4:\n    raise ValueError",
        "if bits == 4:\n    p.error('no')",
        "if not bits != 4:\n    import sys\n    sys.exit(1)",
        "assert bits != 4",
        "assert bits in (8, 16), 'no'",
        "def check(value):\n    if value == 4:\n        raise SystemExit\ncheck(bits)",
    ],
)
def test_what_a_guard_leaves(guard: str) -> None:
    assert shown(f"{CHOICES}{guard}\nlib.show(1 if bits == 4 else 0)") == 0


@pytest.mark.parametrize(
    "guard",
    [
        "pass",
        "try:\n    if bits == 4:\n        raise ValueError\nexcept ValueError:\n    print()",
        "for row in rows:\n    if bits == 4:\n        raise ValueError",
        "if unknown:\n    if bits == 4:\n        raise ValueError",
        "if bits == 8:\n    raise ValueError",
    ],
)
def test_what_no_guard_leaves(guard: str) -> None:
    found = shown(f"{CHOICES}{guard}\nlib.show(1 if bits == 4 else 0)")
    assert isinstance(found, tuple)
    assert found[0] == "branch"
    assert found[2:] == (1, 0)


def test_a_guard_settles_what_was_decided_before_it() -> None:
    found = program(f"import lib\n{CHOICES}x = 'a' if bits == 4 else 'b'\nif bits == 4:\n    raise ValueError\nlib.show(x)")
    ((order, arm),) = found.guards
    assert (order, arm.index) == (0, 1)
    assert plain(found.calls[-1].args[0]) == "b"


@pytest.mark.parametrize(
    "text",
    [
        "with mock.patch('lib.load'):\n    lib.load()",
        "with mock.patch.object(lib, 'load') as load, open('x'):\n    lib.load()",
        "@mock.patch('lib.load')\ndef check(load):\n    lib.load()\ncheck()",
        "import pytest\nwith pytest.raises(ValueError):\n    lib.load()",
    ],
)
def test_what_is_replaced_is_not_called(text: str) -> None:
    found = program(f"import lib\nfrom unittest import mock\n{text}\nlib.after()")
    assert [call.function for call in found.calls if call.function.startswith("lib.")] == ["lib.after"]
