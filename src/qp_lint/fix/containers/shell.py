"""Shell: the options of a command, one word or two each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qp_lint.fix.containers.base import Container, Item, Language, deletions, indent_of, newline_of
from qp_lint.fix.containers.data import spelled as bare
from qp_lint.fix.edits import Edit
from qp_lint.frameworks.base import REMOVE, Wanted
from qp_lint.parse import ParseError
from qp_lint.text import Span

_OPTION = re.compile(r"-{1,2}[A-Za-z][\w-]*|[A-Za-z_][\w.]*(?==)")


def containers(place: Span) -> list[Container]:
    """The options of the command that a place lies in."""
    words = _command(place)
    items: list[Item] = []
    index = 0
    while index < len(words):
        word = words[index]
        match = _OPTION.match(word.text)
        index += 1
        if match is None:
            continue
        key = match[0].lstrip("-").replace("-", "_")
        value: Span | None = None
        end = word.end
        if word.text[match.end() : match.end() + 1] == "=":
            value = Span(word.source, word.start + match.end() + 1, word.end)
        elif (
            match[0].startswith("-")
            and index < len(words)
            and not words[index].text.startswith("-")
            and not _is_script(words[index])
        ):
            value, end = words[index], words[index].end
            index += 1
        items.append(Item(key, word.start, end, value))
    return (
        [Options(words[0].source.span(words[0].start, words[-1].end), tuple(items), Language.SHELL, tuple(words))]
        if items
        else []
    )


def _is_script(word: Span) -> bool:
    """Whether a word is what is launched and not the value of a switch before it."""
    return word.text.strip("\"'").endswith(".py")


def _command(place: Span) -> list[Span]:
    """The words of the command around a place."""
    from qp_lint.parse.shell.lexer import Lexer

    source = place.source
    try:
        tokens = Lexer(source.text).tokens()
    except ParseError:
        return []
    found: list[Span] = []
    for token in tokens:
        if token.word is None:
            if found and found[0].start <= place.start <= found[-1].end:
                return found
            found = []
        else:
            found.append(source.span(token.start, token.end))
    return found if found and found[0].start <= place.start <= found[-1].end else []


def spelled(wanted: Wanted, old: str = "") -> str | None:
    """A value as a word, quoted as the old one was."""
    text = bare(wanted, Language.YAML, old if old[:1] in "\"'" else "")
    if text is None or old[:1] in ("'", '"'):
        return text
    return shlex.quote(text.strip("'"))


@dataclass(frozen=True, slots=True)
class Options(Container):
    """The options of one command."""

    words: tuple[Span, ...]

    def replaced(self, item: Item, wanted: Wanted) -> Edit | None:
        """Only the value changes; what was a switch gets one."""
        if item.value is None and wanted is True:
            return Edit(self.span.source.span(item.end, item.end), "")  # it is on
        text = spelled(wanted, item.value.text if item.value is not None else "")
        if text is None:
            return None
        return Edit(item.value, text) if item.value is not None else Edit(self.span.source.span(item.end, item.end), f" {text}")

    def changed(self, changes: Mapping[str, Wanted], near: int) -> list[Edit] | None:
        """A switch that is to be off goes."""
        switches = {item.key for item in self.items if item.value is None}
        off = {key: REMOVE for key, wanted in changes.items() if wanted is False and key in switches}
        return super(Options, self).changed({**changes, **off}, near)

    def removed(self, indices: Sequence[int]) -> list[Edit] | None:
        """From the end of the word before, so that a continued line goes with it."""
        regions = []
        for index in indices:
            item = self.items[index]
            before = [word for word in self.words if word.end <= item.start]
            if not before:
                return None
            regions.append((before[-1].end, item.end))
        return deletions(self.span.source, regions)

    def entry(self, key: str, wanted: Wanted) -> str | None:
        """`--key value`, with dashes where the other options have them; a true switch has no value."""
        value = "" if wanted is True else spelled(wanted)
        if value is None:
            return None
        options = [word.text for word in self.words if word.text.startswith("--")]
        dashes = any("-" in option[2:] for option in options) and not any("_" in option for option in options)
        return f"--{key.replace('_', '-') if dashes else key}{value and f' {value}'}"

    def joined(self, entries: Sequence[str], item: Item) -> str:
        """One after the other."""
        return " ".join(entries)

    def added(self, entries: Sequence[str], after: Item | None, kept: Sequence[Item]) -> list[Edit] | None:
        """Behind `after`, on a line of its own where that one is."""
        if after is None:
            return None
        source = self.span.source
        indent = indent_of(source, after.start)
        lead = " " if indent is None else f" \\{newline_of(source)}{indent}"
        return [Edit(source.span(after.end, after.end), "".join(lead + entry for entry in entries))]
