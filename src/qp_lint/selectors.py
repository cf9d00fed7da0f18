"""What `--select QP1`, `ignore = ["unused-ignore"]` and `ignore[QP101]` mean: sets of codes, by code, prefix or name.

Where several selectors cover one code the most specific wins (a code or name, then the longer prefix, then `ALL`); of two
equally specific ones `ignore` wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PREFIX = re.compile(r"[A-Z]+[0-9]*\Z")


class UnknownSelector(ValueError):
    """A selector that covers nothing; the text says so, with the nearest that does."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'select'?` when one of `known` is spelt like `word` (whatever the case), else nothing."""
    import difflib

    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return f"; did you mean {lowered[close[0]]!r}?" if close else ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every code that can be selected, with its name, and which of them are on unless asked for."""

    names: Mapping[str, str]  # code → name
    default: frozenset[str]

    def known(self, selector: str) -> frozenset[str]:
        """The codes that a selector covers, none when it is unknown."""
        if selector == "ALL":
            return frozenset(self.names)
        if selector in self.names:
            return frozenset((selector,))
        found = frozenset(code for code, name in self.names.items() if name == selector)
        if not found and _PREFIX.match(selector):
            found = frozenset(code for code in self.names if code.startswith(selector))
        return found

    def codes(self, selector: str) -> frozenset[str]:
        """The codes that a selector covers; raises `UnknownSelector` when there are none."""
        found = self.known(selector)
        if not found:
            raise UnknownSelector(f"unknown rule {selector!r}{did_you_mean(selector, self.words())}")
        return found

    def words(self) -> tuple[str, ...]:
        """Everything that can be written for one rule or all, prefixes aside."""
        return (*self.names, *self.names.values(), "ALL")

    def rank(self, selector: str) -> int:
        """How specific a selector is."""
        if selector == "ALL":
            return 0
        return 100 if selector in self.names or selector in self.names.values() else len(selector)

    def enabled(self, select: Iterable[str], extend: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
        """The codes that are on: `select` (without any, the default ones) and `extend`, less `ignore`."""
        on: dict[str, int] = {}
        off: dict[str, int] = {}
        chosen = (*select, *extend)
        for table, selectors in ((on, chosen), (off, tuple(ignore))):
            for selector in selectors:
                for code in self.codes(selector):
                    table[code] = max(table.get(code, 0), self.rank(selector))
        if not tuple(select):
            for code in self.default:
                on.setdefault(code, 0)
        return frozenset(code for code, rank in on.items() if rank > off.get(code, -1))


def catalogue(rules: Iterable[tuple[str, str]]) -> Catalogue:
    """The catalogue of rules (code, name) and built-in diagnostics."""
    from qp_lint.notes import BUILT_IN

    names = {entry.code: entry.name for entry in BUILT_IN} | dict(rules)
    return Catalogue(dict(sorted(names.items())), frozenset(names))
