"""From an exception in a log to the rules that would have prevented it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qp_lint.rules.model import Rule

SHORTEST = 12  # letters of a text that must be literal, else it would match anything


def match(text: str, rules: Sequence[Rule]) -> list[Rule]:
    """The rules one of whose exception texts occurs in `text` (a message, a whole traceback), the longest match first."""
    wanted = normalised(text)
    found: list[tuple[int, Rule]] = []
    for rule in rules:
        lengths = [length for raises in rule.texts if (length := matched(raises, wanted))]
        if lengths:
            found.append((max(lengths), rule))
    return [rule for _, rule in sorted(found, key=lambda pair: (-pair[0], pair[1].code))]


def matched(raises: str, text: str) -> int:
    """How many letters of an exception text stand in `text`, in order; 0 when it does not match."""
    parts = [part for part in (normalised(part).strip() for part in re.split(r"\.\.\.|…|\{[^{}]*\}", raises)) if part]
    length = sum(map(len, parts))
    if length < min(SHORTEST, len(normalised(raises))) or not parts:
        return 0
    pattern = ".{0,400}?".join(map(re.escape, parts))
    if re.search(pattern, text):
        return length
    # people paste the beginning of a message: enough when it is long
    begun = re.sub(r"^(?:.*\b)?\w+(?:error|exception|warning): ", "", text).strip()
    return len(begun) if len(begun) >= 2 * SHORTEST and any(begun in part for part in parts) else 0


PREFIX = re.compile(
    r"""(?mx)^ (?: [ \t]* (?:
        \[?(?:rank|default|default_|worker|node)[ ]*\d*\]?: |   # torchrun, srun --label, the Trainer's launchers
        \d+: (?=[ ]) |                                        # srun --label
        \([^()\n]{0,60}\bpid=\d+[^()\n]*\) |                  # Ray
        [\w.-]{1,60}[ ]+\|(?=[ ]) |                           # docker compose
        \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Z-]* |        # kubectl logs --timestamps
        [│|]                                                 # the boxes of rich
    ) [ ]? )+"""
)


def normalised(text: str) -> str:
    """Text without what logs change: what a launcher writes before each line, colours, boxes, quotes, white space, case."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    text = re.sub(r"[ \t]*[│╭╮╰╯─|]+[ \t]*$", "", PREFIX.sub("", text), flags=re.MULTILINE)
    text = re.sub(r"[`'\"’‘“”\\]", "", text)
    return re.sub(r"\s+", " ", text).lower()
