"""YAML with Jinja (or Helm) templates in it: understood around the templates, unknown where they stand."""

from __future__ import annotations

import bisect
import dataclasses
import re

from qp_lint.parse import ParseError
from qp_lint.parse.yaml import parse_yaml
from qp_lint.text import Source, Span
from qp_lint.tree import Entry, Mapping, Node, Scalar, Sequence, Unknown

_TEMPLATE = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}|(?<!\$)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)
_OPENING = re.compile(r"\{[{%][-+]?\s*(?:if|for|with|range|macro|block|define|call|filter)\b")
_CLOSING = re.compile(r"\{[{%][-+]?\s*(?:end\w*)\b")


def parse_templated(source: Source) -> tuple[Node, ...]:
    """The documents of a YAML text; of one that is YAML only once its templates are filled in, what is sure of them.

    Raises ParseError for a text without templates that is not YAML; one with templates that cannot be read gives nothing.
    """
    text, regions, gaps = _masked(source.text)
    try:
        documents, gaps = parse_yaml(source), []  # its templates stand in values, or in comments
    except ParseError:
        if not regions and not gaps:
            raise
        try:
            documents = parse_yaml(source, text)
        except ParseError:
            return ()
    marks = _Marks(regions, gaps)
    return tuple(marks.applied(node, top=True) for node in documents)


def _masked(text: str) -> tuple[str, list[tuple[int, int]], list[int]]:
    """The text with its templates replaced, length by length; the ranges that are not known; where anything may be added.

    An expression inside a line becomes a word; a statement, and an expression that has a line to itself, becomes blank.
    """
    parts: list[str] = []
    regions: list[tuple[int, int]] = []
    gaps: list[int] = []
    opened: list[int] = []
    at = 0
    for match in _TEMPLATE.finditer(text):
        start, end = match.span()
        parts.append(text[at:start])
        line = text[text.rfind("\n", 0, start) + 1 : (text.find("\n", end) + 1 or len(text) + 1) - 1]
        alone = line.strip() == match[0].strip()
        if match[0].startswith("{{") and not alone:
            parts.append(re.sub(r"[^\n]", "x", match[0]).replace("\n", " "))
            regions.append((start, end))
        else:
            parts.append(re.sub(r"[^\n]", " ", match[0]))
            if not match[0].startswith("{#"):
                gaps.append(start)
        if _OPENING.match(match[0]):
            opened.append(start)
        elif _CLOSING.match(match[0]) and opened:
            begin = opened.pop()
            if not opened:
                regions.append((begin, end))
        at = end
    parts.append(text[at:])
    return "".join(parts), sorted(regions), gaps


class _Marks:
    """Makes unknown what lies in templates."""

    def __init__(self, regions: list[tuple[int, int]], gaps: list[int]) -> None:
        merged: list[tuple[int, int]] = []
        for start, end in regions:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        self.starts = [start for start, _ in merged]
        self.ends = [end for _, end in merged]
        self.gaps = gaps

    def hit(self, span: Span | None) -> bool:
        """Whether a place touches a template."""
        if span is None:
            return False
        index = bisect.bisect_left(self.ends, span.start + 1)
        return index < len(self.starts) and self.starts[index] < span.end

    def applied(self, node: Node, top: bool = False) -> Node:
        """A value with what stands in templates unknown."""
        if isinstance(node, Scalar):
            return Unknown(span=node.span, via=node.via) if self.hit(node.span) else node
        if isinstance(node, Sequence):
            items = tuple(self.applied(item) for item in node.items)
            return dataclasses.replace(node, items=items, open=node.open or self.gap(node.span) or self.hit(node.span))
        if isinstance(node, Mapping):
            named = {name: entry for name, entry in node.entries.items() if not self.expression(entry.span)}
            entries = {name: Entry(self.applied(entry.value), entry.span) for name, entry in named.items()}
            gap = (bool(self.gaps) if top else self.gap(node.span)) or len(named) < len(node.entries)
            return dataclasses.replace(node, entries=entries, open=node.open or gap)
        return node

    def expression(self, span: Span | None) -> bool:
        """Whether a key is made by a template."""
        return span is not None and _TEMPLATE.search(span.source.text, span.start, span.end) is not None

    def gap(self, span: Span | None) -> bool:
        """Whether a template stands in a place that may add to it."""
        if span is None:
            return False
        index = bisect.bisect_left(self.gaps, span.start)
        return index < len(self.gaps) and self.gaps[index] < span.end
