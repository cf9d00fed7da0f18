"""Text on a terminal: how wide it is, what is safe to print, colour, wrapping."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

TAB = 4
COLOURS = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "gutter": "1;34",
    "second": "34",
    "bold": "1",
    "help": "1;32",
    "dim": "2",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How to print: with ANSI colours or not, `width` columns wide, `quiet` without a summary."""

    colour: bool = False
    width: int = 100
    quiet: bool = False

    def paint(self, text: str, colour: str) -> str:
        """`text` in one of `COLOURS`."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.colour and text else text


def wants_colour(choice: str, stream: IO[str], env: Mapping[str, str]) -> bool:
    """Whether to colour output on `stream`.

    `choice` is `auto`, `always` or `never`.  `auto` asks, in this order: NO_COLOR (https://no-color.org), FORCE_COLOR and
    CLICOLOR_FORCE (empty and `0` say nothing), TERM=dumb, and whether the stream is a terminal.
    """
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return env.get("TERM") != "dumb" and stream.isatty()


def terminal_width(stream: IO[str]) -> int:
    """The columns to use on `stream`: those of a terminal within reason, else `Style.width`."""
    if not stream.isatty():
        return 100
    import shutil

    return min(max(shutil.get_terminal_size((100, 24)).columns, 60), 120)


@functools.lru_cache(maxsize=4096)
def cell(char: str) -> tuple[str, int]:
    """A character as it may be printed, and the columns it takes.

    Control characters become their pictures, so that a linted file cannot drive the terminal; direction marks, which
    could make a line read differently from what it is, and lone surrogates become a replacement character.
    """
    if " " <= char <= "~":
        return char, 1
    code, category = ord(char), unicodedata.category(char)
    if category == "Cc":
        return (chr(0x2400 + code), 1) if code < 0x20 else ("\u2421", 1) if code == 0x7F else ("\ufffd", 1)
    if category in ("Cs", "Zl", "Zp") or unicodedata.bidirectional(char) in (
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    ):
        return "\ufffd", 1
    if category in ("Mn", "Me", "Cf"):
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(line: str) -> Iterator[tuple[str, int]]:
    """What to print for each character of a line, and its width; a tab reaches the next multiple of `TAB`."""
    column = 0
    for char in line:
        if char == "\t":
            width = TAB - column % TAB
            yield " " * width, width
        else:
            text, width = cell(char)
            yield text, width
        column += width


def printable(text: str) -> str:
    """`text` made safe for a terminal; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "\n".join("".join(part for part, _ in cells(line)) for line in text.splitlines())


def width_of(text: str) -> int:
    """The columns a line takes."""
    return len(text) if text.isascii() and text.isprintable() else sum(width for _, width in cells(text))


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of at most `width` columns where words allow; line breaks stay; the first line begins with `first`."""
    lines: list[str] = []
    lead = first
    for paragraph in printable(text).splitlines() or [""]:
        current, used = "", 0
        for word in paragraph.split():
            size = width_of(word)
            if current and width_of(lead) + used + 1 + size > width:
                lines.append(lead + current)
                lead, current, used = rest, "", 0
            current, used = (f"{current} {word}", used + 1 + size) if current else (word, size)
        lines.append(lead + current)
        lead = rest
    return lines
