"""What every kind of text offers: the mappings that a place lies in, and how to change their entries."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from qp_lint.fix.edits import Edit
from qp_lint.frameworks.base import REMOVE, Wanted
from qp_lint.text import Source, Span


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a mapping as written: all of it from `start` to `end`, its key, and the place of its value.

    `value` is None for a switch (`--use_fsdp`) and for a key without value.
    """

    key: str
    start: int
    end: int
    value: Span | None


class Language(Enum):
    """How values are spelled."""

    PYTHON = "python"
    YAML = "yaml"
    JSON = "json"
    TOML = "toml"
    SHELL = "shell"


@dataclass(frozen=True, slots=True)
class Container(ABC):
    """A mapping in a text: a call's arguments, a dict, a YAML or JSON mapping, the options of a command.

    `span` is all of it; `items` its entries in order (keys of options with underscores).
    """

    span: Span
    items: tuple[Item, ...]
    language: Language

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are written."""
        return tuple(item.key for item in self.items)

    def written(self) -> dict[str, str]:
        """The values as they are written, by key."""
        return {item.key: item.value.text if item.value is not None else "" for item in self.items}

    def item(self, key: str) -> Item | None:
        """The entry of a key; of repeated ones the last counts."""
        return next((item for item in reversed(self.items) if item.key == key), None)

    def changed(self, changes: Mapping[str, Wanted], near: int) -> list[Edit] | None:
        """The edits that give entries other values, add them (after the one at offset `near`), or take them out."""
        edits: list[Edit] = []
        gone: list[int] = []
        new: dict[str, Wanted] = {}
        for key, wanted in changes.items():
            item = self.item(key)
            if wanted is REMOVE:
                gone += [index for index, other in enumerate(self.items) if other.key == key]
            elif item is None:
                new[key] = wanted
            else:
                edit = self.replaced(item, wanted)
                if edit is None:
                    return None
                edits.append(edit)
        if new and gone:  # the new stands where something old did
            swapped = next((index for index in gone if self.items[index].start <= near < self.items[index].end), gone[0])
            texts = [self.entry(key, wanted) for key, wanted in new.items()]
            if None in texts:
                return None
            item = self.items[swapped]
            edits.append(Edit(self.span.source.span(item.start, item.end), self.joined([text for text in texts if text], item)))
            gone, new = [index for index in gone if index != swapped], {}
        if gone:
            removal = self.removed(gone)
            if removal is None:
                return None
            edits += removal
        if new:
            kept = [item for index, item in enumerate(self.items) if index not in gone]
            texts = [self.entry(key, wanted) for key, wanted in new.items()]
            after = next((item for item in kept if item.start <= near < item.end), None)
            addition = self.added([text for text in texts if text], after, kept) if None not in texts else None
            if addition is None:
                return None
            edits += addition
        return edits

    def joined(self, entries: Sequence[str], item: Item) -> str:
        """Several entries in the place of one."""
        return ", ".join(entries)

    @abstractmethod
    def entry(self, key: str, wanted: Wanted) -> str | None:
        """A new entry; None for a value that cannot be written here."""

    @abstractmethod
    def replaced(self, item: Item, wanted: Wanted) -> Edit | None:
        """The edit that gives an entry another value."""

    @abstractmethod
    def removed(self, indices: Sequence[int]) -> list[Edit] | None:
        """The edits that take entries out."""

    @abstractmethod
    def added(self, entries: Sequence[str], after: Item | None, kept: Sequence[Item]) -> list[Edit] | None:
        """The edits that add entries, behind `after` where that looks natural; `kept` are those that stay."""


COMMENT: Final = re.compile(r"#[^\r\n]*")


def newline_of(source: Source) -> str:
    """The line end of a text: that of its first line."""
    match = re.search(r"\r\n|\n|\r", source.text)
    return match[0] if match else "\n"


def indent_of(source: Source, offset: int) -> str | None:
    """What stands before `offset` on its line when that is white space, else None."""
    start = line_start(source.text, offset)
    before = source.text[start:offset]
    return before if not before.strip() else None


def line_start(text: str, offset: int) -> int:
    """Where the line of `offset` starts."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """Where the line of `offset` ends, before its line end."""
    match = re.compile(r"[\r\n]|\Z").search(text, offset)
    return match.start() if match else len(text)


def after_line_end(text: str, offset: int) -> int:
    """Where the next line starts."""
    match = re.compile(r"\r\n|\n|\r").match(text, line_end(text, offset))
    return match.end() if match else len(text)


def rest_is_blank(text: str, offset: int) -> bool:
    """Whether nothing but a comment follows on the line."""
    rest = text[offset : line_end(text, offset)].strip()
    return not rest or rest.startswith("#")


def deletions(source: Source, regions: Iterable[tuple[int, int]]) -> list[Edit]:
    """The edits that delete regions; those that touch become one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(regions):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return [Edit(source.span(start, end), "") for start, end in found if end > start]
