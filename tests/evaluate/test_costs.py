"""Programs that would take forever if every way through them were followed."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import only, program

DIAMONDS = "".join(f"class B{i}(A{i}): pass\nclass C{i}(A{i}): pass\nclass A{i + 1}(B{i}, C{i}): pass\n" for i in range(20))
CHAIN = "".join(f"class A{i + 1}(A{i}):\n    v{i} = {i}\n" for i in range(300))
LOOPS = "".join("    " * i + f"for x{i} in [1, 2, 3, 4, 5, 6, 7, 8]:\n" for i in range(8)) + "    " * 8 + "lib.step(x7)\n"
WHILES = "".join(
    "    " * i + f"x{i} = 0\n" + "    " * i + f"while x{i} < 8:\n" + "    " * (i + 1) + f"x{i} += 1\n" for i in range(8)
)
RECURSION = (
    "def f(n):\n    if lib.a(n):\n        return f(n + 1)\n    if lib.b(n):\n        return f(n + 2)\n    return f(n + 3)\nf(0)\n"
)
UNKNOWN = "d = {}\n" + "".join(f"d['k{i}'] = {i}\nd = {{**d, **lib.more()}}\n" for i in range(150))
BREAKS = "d = {}\n" + "for x in [1, 2, 3, 4, 5, 6, 7, 8]:\n    if lib.a(x): break\n    d[x] = lib.b(x)\n" * 60
DECORATED = "def deco(f):\n    def inner(*a):\n        return f(*a)\n    return inner\n@deco\ndef f0(x): return x\n" + "".join(
    f"@deco\ndef f{i + 1}(x): return f{i}(x) + f{i}(x)\n" for i in range(30)
)


@pytest.mark.parametrize(
    "text",
    [
        f"class A0: pass\n{DIAMONDS}A20().v",
        f"class A0: pass\n{CHAIN}A300().v1",
        LOOPS,
        WHILES,
        RECURSION,
        UNKNOWN,
        BREAKS,
        f"{DECORATED}f30(1)",
    ],
    ids=["diamonds", "chain", "loops", "whiles", "recursion", "unknown", "breaks", "decorated"],
)
def test_what_follows_is_reached(text: str) -> None:
    assert only(program(f"import lib\n{text}\nlib.last()\n"), "lib.last").order >= 0
