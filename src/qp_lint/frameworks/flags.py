"""The options of launch commands, read as argparse reads them up to the first positional word (the script)."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Table
from dataclasses import dataclass, field

from qp_lint.text import Span
from qp_lint.tree import Entry, Mapping, Node, Scalar, Unknown, string

NONE: Table[str, str] = {}


@dataclass(slots=True)
class Command:
    """A launch command taken apart: `options` by name (dashes as underscores), `rest` from the first positional word on.

    A switch has the value true, `--name=$VALUE` one that is not known.  `options.open`: there were words that are not known,
    which may be options.
    """

    options: Mapping
    rest: list[Node] = field(default_factory=list)


def part_of(word: Node, value: str) -> Span | None:
    """The place of the value in a word `--name=value`."""
    span = word.span
    if span is not None and span.text.endswith(value):
        return Span(span.source, span.end - len(value), span.end)
    return span


def read_flags(words: list[Node], switches: Collection[str], short: Table[str, str] = NONE) -> Command:
    """Take a launch command apart.

    `switches` are the options without a value; `short` are one-letter options by their long name.  An unknown word (a
    variable of a shell script) counts as options when the script follows later, else as the script.
    """
    entries: dict[str, Entry] = {}
    unknown = False
    index = 0
    while index < len(words):
        word = words[index]
        written = string(word)
        if written is None and (named := name_of(word)).startswith("-"):
            entries[_long(named, short)] = Entry(Unknown(span=word.span, via=word.via), word.span)
            index += 1
            continue
        if written is None:
            if not any((string(later) or "").endswith(".py") for later in words[index + 1 :]):
                break
            unknown = True
            index += 1
            continue
        if written == "--":
            index += 1
            break
        if not written.startswith("-") or written == "-":
            break
        name, assigned, value = written.partition("=")
        name = _long(name, short)
        index += 1
        if assigned:
            entries[name] = Entry(Scalar(value, value, span=part_of(word, value), via=word.via), word.span)
        elif name in switches or index >= len(words) or (string(words[index]) or "").startswith("--"):
            entries[name] = Entry(Scalar(True, span=word.span, via=word.via), word.span)
        else:
            entries[name] = Entry(words[index], word.span)
            index += 1
    return Command(Mapping(entries, unknown), words[index:])


def name_of(word: Node) -> str:
    """The name that an unknown word gives a value, `--name` or `key`, of which no more than `name=` is known; else ""."""
    name, sign, _ = word.hint.partition("=") if isinstance(word, Unknown) else ("", "", "")
    return name if sign and " " not in name else ""


def _long(name: str, short: Table[str, str]) -> str:
    """The name of an option, dashes as underscores, without those that it begins with; a letter's long name."""
    return name.lstrip("-").replace("-", "_") if name.startswith("--") else short.get(name[1:], name[1:])


def python_command(command: Command) -> list[Node]:
    """What a launcher starts: `python script …`, `python -m module …`, or the program itself with `--no_python`."""
    rest, options = command.rest, command.options.entries
    if not rest or "no_python" in options:
        return rest
    if "module" in options:
        return [Scalar("python"), Scalar("-m"), *rest]
    return [Scalar("python"), *rest]
