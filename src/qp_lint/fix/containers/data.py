"""YAML, JSON and TOML: entries changed by the place of their key and value, so that every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qp_lint.fix.containers import commas
from qp_lint.fix.containers.base import (
    Container,
    Item,
    Language,
    after_line_end,
    deletions,
    indent_of,
    line_end,
    line_start,
    newline_of,
    rest_is_blank,
)
from qp_lint.fix.edits import Edit
from qp_lint.frameworks.base import Code, Dtype, Removal, Wanted
from qp_lint.parse import ParseError
from qp_lint.parse.yaml import resolve
from qp_lint.text import Source, Span
from qp_lint.tree import Mapping as Tree
from qp_lint.tree import Node
from qp_lint.tree import Sequence as List

SHORT = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32"}
_EQUALS = re.compile(r"[ \t]*=")
_TAG = re.compile(r"(?<=\s)![^\s,\[\]{}]*\s+\Z")  # `!!int `, which the new value need not be
_PLAIN = re.compile(r"[A-Za-z_./][\w./+-]*(?: [\w./+-]+)*")


def trees(source: Source, language: Language) -> tuple[Node, ...]:
    """The documents of a text; empty when it does not parse."""
    try:
        if language is Language.JSON:
            from qp_lint.parse.json import parse_json

            return (parse_json(source),)
        from qp_lint.parse.data import parse_data

        return parse_data(source, f"a.{language.value}")
    except ParseError:
        return ()


def containers(place: Span, language: Language) -> list[Container]:
    """The mappings around a place, innermost first."""
    found: dict[Span, Container] = {}
    for tree in trees(place.source, language):
        for mapping in _mappings(tree):
            span = _table(mapping, place.source) if language is Language.TOML else mapping.span
            if span is not None and span.source is place.source and span.start <= place.start and place.end <= span.end:
                found.setdefault(span, _container(mapping, span, language))
    return sorted(found.values(), key=lambda container: container.span.start, reverse=True)


def _mappings(node: Node) -> Iterator[Tree]:
    if isinstance(node, Tree):
        yield node
        for entry in node.entries.values():
            yield from _mappings(entry.value)
    elif isinstance(node, List):
        for item in node.items:
            yield from _mappings(item)


def _table(mapping: Tree, source: Source) -> Span | None:
    """From the first to the last `key = value` of a TOML table; an inline table by its braces."""
    if mapping.span is not None and mapping.span.text.startswith("{"):
        return mapping.span
    found: list[Span] = []
    for entry in mapping.entries.values():
        if entry.span is not None and entry.value.span is not None and _EQUALS.match(source.text, entry.span.end):
            found += (entry.span, entry.value.span)
    return source.span(min(span.start for span in found), max(span.end for span in found)) if found else None


def _container(mapping: Tree, span: Span, language: Language) -> Container:
    items = []
    for key, entry in mapping.entries.items():
        if entry.span is None or entry.span.source is not span.source or not span.start <= entry.span.start < span.end:
            continue  # merged in by `<<`
        if language is Language.TOML and not _EQUALS.match(span.source.text, entry.span.end):
            continue  # a table of its own
        value = entry.value.via[-1] if entry.value.via else entry.value.span  # an alias stands where it is used
        if value is not None and (value.source is not span.source or value.start < entry.span.end or value.end == value.start):
            value = None
        if value is not None:  # a block scalar reaches to the start of what follows
            value = span.source.span(value.start, value.start + len(value.text.rstrip()))
        end = value.end if value is not None else _colon(span.source.text, entry.span.end)
        items.append(Item(key, entry.span.start, end, value))
    items.sort(key=lambda item: item.start)
    flow = span.text.startswith("{")
    return (Flow if flow else Block)(span, tuple(items), language)


def _colon(text: str, end: int) -> int:
    """Behind the colon of a key without value."""
    match = re.compile(r"[ \t]*[:=]").match(text, end)
    return match.end() if match else end


def spelled(wanted: Wanted, language: Language, old: str = "", flow: bool = False) -> str | None:
    """A value as YAML, JSON or TOML writes it, quoted as the old one was; None for what cannot be said there."""
    if isinstance(wanted, Code | Removal):
        return None
    if isinstance(wanted, Dtype):
        bare = old.strip("\"'")
        wanted = SHORT.get(wanted.name, wanted.name) if bare in SHORT.values() else wanted.name
        if bare.startswith("torch."):
            wanted = f"torch.{wanted}"
    if wanted is None and language is Language.TOML:
        return None
    if wanted is None or isinstance(wanted, bool | int | float):
        return json.dumps(wanted)
    if language is Language.JSON or old.startswith('"') or (language is Language.TOML and not old.startswith("'")):
        return json.dumps(wanted, ensure_ascii=False)
    if old.startswith("'") or not _PLAIN.fullmatch(wanted) or not isinstance(resolve(wanted), str):
        return "'" + wanted.replace("'", "''") + "'"
    return wanted


def _sign(language: Language) -> str:
    """What stands between key and value."""
    return " = " if language is Language.TOML else ": "


@dataclass(frozen=True, slots=True)
class _Data(Container):
    def replaced(self, item: Item, wanted: Wanted) -> Edit | None:
        """Only the value changes; a key without value gets one."""
        source = self.span.source
        text = spelled(wanted, self.language, item.value.text if item.value else "")
        if text is None:
            return None
        if item.value is None:
            return Edit(source.span(item.end, item.end), f" {text}")
        tag = _TAG.search(source.text, item.start, item.value.start)
        return Edit(source.span(tag.start(), item.value.end) if tag else item.value, text)


@dataclass(frozen=True, slots=True)
class Flow(_Data):
    """`{a: 1, b: 2}`, JSON's objects."""

    def removed(self, indices: Sequence[int]) -> list[Edit] | None:
        """With their commas."""
        return commas.removed(self.span.source, self.items, indices, self.span.end - 1, self.language is Language.YAML)

    def entry(self, key: str, wanted: Wanted) -> str | None:
        """`key: value`; keys are quoted as the others are."""
        quoted = self.language is Language.JSON or any(self.span.source.text[item.start] == '"' for item in self.items)
        value = spelled(wanted, self.language)
        return None if value is None else f"{json.dumps(key) if quoted else key}{_sign(self.language)}{value}"

    def added(self, entries: Sequence[str], after: Item | None, kept: Sequence[Item]) -> list[Edit] | None:
        """Behind `after`."""
        return commas.added(self.span.source, kept, self.span, entries, after)


@dataclass(frozen=True, slots=True)
class Block(_Data):
    """`a: 1` on lines of their own."""

    def removed(self, indices: Sequence[int]) -> list[Edit] | None:
        """With their lines; the last entry of YAML cannot go, its parent would change its meaning."""
        source, text = self.span.source, self.span.source.text
        if len(set(indices)) == len(self.items) and self.language is Language.YAML:
            return None
        regions = []
        for index in indices:
            item = self.items[index]
            if not rest_is_blank(text, item.end):
                return None
            end = after_line_end(text, item.end)
            if indent_of(source, item.start) is not None:
                start = line_start(text, item.start)
                if end == len(text) and not text[start:end].endswith(("\n", "\r")):
                    start = len(text[:start].rstrip("\r\n"))  # the last line of a file that ends without a line end
                regions.append((start, end))
            else:  # the first key of `- a: 1`: the next one that stays takes its place
                following = next((other for other in range(index + 1, len(self.items)) if other not in indices), None)
                if following is None:
                    return None
                regions.append((item.start, self.items[following].start))
        return deletions(source, regions)

    def entry(self, key: str, wanted: Wanted) -> str | None:
        """`key: value`."""
        value = spelled(wanted, self.language)
        return None if value is None else f"{key}{_sign(self.language)}{value}"

    def joined(self, entries: Sequence[str], item: Item) -> str:
        """On lines of their own."""
        return f"{newline_of(self.span.source)}{self._indent()}".join(entries)

    def _indent(self) -> str:
        """What stands before a key: spaces also behind the `- ` of a list."""
        text, start = self.span.source.text, self.items[0].start
        margin = text[line_start(text, start) : start]
        return margin if not margin.strip() else " " * len(margin)

    def added(self, entries: Sequence[str], after: Item | None, kept: Sequence[Item]) -> list[Edit] | None:
        """On lines of their own behind `after`, else at the end."""
        source, item = self.span.source, after or kept[-1]
        lead = newline_of(source) + self._indent()
        end = line_end(source.text, max(item.end - 1, item.start) if source.text[item.end - 1] in "\r\n" else item.end)
        return [Edit(source.span(end, end), "".join(lead + entry for entry in entries))]
