"""What a multirun of Hydra sweeps (hydra-core 1.3, core/override_parser): values, and trees that differ by them."""

from __future__ import annotations

import re

from qp_lint.evaluate.values import Absent
from qp_lint.text import Span
from qp_lint.tree import Choice, Entry, Loop, Mapping, Node, Scalar, choice

SWEPT_VALUES = 8  # of one option
_SWEEP = re.compile(r"(choice|range)\(([^()]*)\)")


def parts_of(text: str | None) -> list[str]:
    """The values of a sweep: `a,b`, `choice(a,b)`, `range(1,4)`; else the one."""
    if text is None or text.startswith(("[", "{")):
        return [text or ""]
    match = _SWEEP.fullmatch(text)
    inner = match[2] if match is not None else text
    parts = [part.strip() for part in inner.split(",")]
    if match is not None and match[1] == "range":
        bounds = [int(part) for part in parts if part.lstrip("-").isdecimal()]
        known = len(bounds) == len(parts) and 1 <= len(bounds) <= 3 and bounds[-1] != 0
        parts = [str(number) for number in range(*bounds)[: SWEPT_VALUES + 1]] if known else []
    return parts if 0 < len(parts) <= SWEPT_VALUES else [text]


def loop_of(name: str, span: Span, parts: list[str]) -> Loop:
    """The branch whose sides are the values of an option that is swept."""
    return Loop(span.source, span.start, span.end, name, tuple(parts))


def combined(trees: list[Node], branch: Loop) -> Node:
    """Configurations as one, which differ by the turn of a loop."""
    known = [tree for tree in trees if isinstance(tree, Mapping)]
    if len(known) < len(trees):
        return choice(trees, branch=branch)
    entries: dict[str, Entry] = {}
    for name in dict.fromkeys(name for tree in known for name in tree.entries):
        values = [tree.entries[name].value if name in tree.entries else Absent() for tree in known]
        span = next(tree.entries[name].span for tree in known if name in tree.entries)
        entries[name] = Entry(_same(values) or combined(values, branch), span)
    return Mapping(entries, any(tree.open for tree in known), span=known[0].span)


def _same(values: list[Node]) -> Node | None:
    """The value that several are, when they stand in the same place."""
    first = values[0]
    same = isinstance(first, (Scalar, Choice)) and all(value == first for value in values)
    return first if same else None
