"""Entries separated by commas: the arguments of a call, dicts, JSON objects, YAML's `{…}`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qp_lint.fix.containers.base import (
    COMMENT,
    Item,
    after_line_end,
    deletions,
    indent_of,
    line_end,
    line_start,
    newline_of,
    rest_is_blank,
)
from qp_lint.fix.edits import Edit
from qp_lint.text import Source, Span


def comma_after(text: str, end: int, limit: int) -> int | None:
    """The comma behind an entry that ends at `end`, before `limit`; comments are passed over."""
    gap = COMMENT.sub(lambda match: " " * len(match[0]), text[end:limit])
    found = gap.find(",")
    return end + found if found >= 0 else None


def removed(source: Source, items: Sequence[Item], indices: Sequence[int], close: int, trailing: bool) -> list[Edit]:
    """Take entries out with their commas, and with their lines where they fill them.

    `close` is the place of the closing bracket; `trailing` says whether a comma may stand before it.
    """
    text = source.text
    gone = set(indices)
    kept = [index for index in range(len(items)) if index not in gone]
    last = items[kept[-1]] if kept else None
    had_trailing = comma_after(text, items[-1].end, close) is not None
    regions: list[tuple[int, int]] = []
    if last is not None and last is not items[-1]:
        following = items[kept[-1] + 1]
        if not re.search(r"[\r\n]", text[last.end : following.start]):  # what goes stands behind what stays, on its line
            regions.append((last.end, items[-1].end))
            gone = {index for index in gone if index < kept[-1]}
        elif not (trailing and had_trailing) and (comma := comma_after(text, last.end, following.start)) is not None:
            regions.append((comma, comma + 1))
    for index in sorted(gone):
        start, end = items[index].start, items[index].end
        limit = items[index + 1].start if index + 1 < len(items) else close
        comma = comma_after(text, end, limit)
        regions.append(_widened(source, start, end if comma is None else comma + 1, limit))
    return deletions(source, regions)


def _widened(source: Source, start: int, stop: int, limit: int) -> tuple[int, int]:
    """The whole lines when nothing else stands on them, else the blanks on one side too; at `limit` the next thing starts."""
    text = source.text
    alone = indent_of(source, start) is not None
    if alone and rest_is_blank(text, stop) and after_line_end(text, stop) <= limit:
        return line_start(text, start), after_line_end(text, stop)
    blanks = re.compile(r"[ \t]*").match(text, stop)
    after = blanks.end() if blanks else stop
    if text[after : after + 1] not in ("", "\r", "\n", "#"):
        return start, after
    while not alone and text[start - 1] in " \t":
        start -= 1
    return start, stop


def added(source: Source, items: Sequence[Item], span: Span, new: Sequence[str], after: Item | None) -> list[Edit]:
    """Add entries behind `after` (else behind the last one), on lines of their own where the others stand so."""
    text, close = source.text, span.end - 1
    if not items:
        inside = span.start + len(re.match(r"[^(\[{]*[(\[{]", span.text)[0])  # type: ignore[index]
        return [Edit(source.span(inside, inside), ", ".join(new))] if not text[inside:close].strip() else []
    last = after or items[-1]
    index = items.index(last)
    limit = items[index + 1].start if index + 1 < len(items) else close
    comma = comma_after(text, last.end, limit)
    indent = indent_of(source, last.start)
    stop = last.end if comma is None else comma + 1
    if indent is None or not rest_is_blank(text, stop) or (index + 1 < len(items) and comma is None):
        if indent is not None and index + 1 == len(items) and comma is None:  # the bracket stands on the last one's line
            lead = "," + newline_of(source) + indent
            return [Edit(source.span(stop, stop), "".join(lead + item for item in new))]
        if comma is None:
            return [Edit(source.span(stop, stop), "".join(f", {item}" for item in new))]
        tail = "," if index + 1 < len(items) else ""
        return [Edit(source.span(stop, stop), ",".join(f" {item}" for item in new) + tail)]
    lead = newline_of(source) + indent
    end = line_end(text, stop)
    if comma is None:
        edits = [] if end == stop else [Edit(source.span(stop, stop), ",")]
        first = "," if end == stop else ""
        return [*edits, Edit(source.span(end, end), first + ",".join(lead + item for item in new))]
    return [Edit(source.span(end, end), "".join(f"{lead}{item}," for item in new))]
