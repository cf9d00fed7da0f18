"""Axolotl's configuration with the command line put in: options as python-fire reads them, values as `load_cfg` casts them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from qp_lint.frameworks.flags import name_of, part_of
from qp_lint.frameworks.overrides import replaced
from qp_lint.frameworks.values import flag
from qp_lint.tree import Choice, Cover, Entry, Mapping, Node, Plain, Scalar, Sequence, choice, string

LITERALS: dict[str, Plain] = {"True": True, "False": False, "None": None}


@dataclass(slots=True)
class Given:
    """Options of a command line by key (`fsdp_config__offload_params` for one of a section).

    `dotted` are keys with a dot, which `load_cfg` takes for keys of their own; `open`: there were words that are not known.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    dotted: dict[str, Entry] = field(default_factory=dict)
    open: bool = False


def given_options(words: list[Node]) -> Given:
    """`--key value`, `--key=value`, `--key` (true) and `--nokey` (false), dashes and underscores alike (python-fire)."""
    given = Given()
    index = 0
    while index < len(words):
        word = words[index]
        written = string(word)
        index += 1
        if written is None and (named := name_of(word)).startswith("-"):
            name = named.lstrip("-").replace("-", "_")
            (given.dotted if "." in name else given.entries)[name] = Entry(word, word.span)
        elif written is None:
            given.open = True
        elif written.startswith("-") and written != "-":
            name, assigned, value = written.lstrip("-").partition("=")
            node: Node = Scalar(value, value, span=part_of(word, value), via=word.via)
            if not assigned and index < len(words) and not (string(words[index]) or "").startswith("--"):
                node = words[index]
                index += 1
            elif not assigned:
                off = name.startswith("no") and len(name) > 2
                node = Scalar(not off, span=word.span, via=word.via)
                name = name[2:] if off else name
            name = name.replace("-", "_")
            (given.dotted if "." in name else given.entries)[name] = Entry(node, word.span)
    return given


def cast(value: Node, existing: Node | None) -> Node:
    """A value of the command line: a Python literal where it is one, else by the type that the file has there."""
    written = string(value)
    if written is None or not isinstance(value, Scalar):
        return value
    if written in LITERALS:
        return plain(value, LITERALS[written])
    number = numeral(written)
    if number is not None:
        return plain(value, number)
    if isinstance(existing, Scalar) and existing.value is not None:
        return plain(value, written.lower() in ("true", "1", "yes")) if isinstance(existing.value, bool) else value
    if existing is not None and not isinstance(existing, Scalar):
        return value
    lower = written.lower()
    if lower in ("true", "yes", "false", "no"):
        return plain(value, lower in ("true", "yes"))
    return plain(value, None) if lower in ("null", "none", "~") else value


def plain(node: Scalar, value: Plain) -> Scalar:
    """The same word with another value."""
    return Scalar(value, node.raw, span=node.span, via=node.via)


def numeral(word: str) -> int | float | None:
    """The number that a word is."""
    with suppress(ValueError):
        return int(word)
    with suppress(ValueError):
        return float(word)
    return None


def overridden(tree: Mapping, given: Given, covers: list[Cover]) -> tuple[Mapping, dict[str, Entry], list[str]]:
    """A configuration with the options put in, those that count, and the keys that `strict: true` keeps out.

    `covers` takes what they replace.
    """
    strict = flag(tree.get("strict")) is True
    taken: dict[str, Entry] = {}
    kept_out: list[str] = []
    merged = tree
    for name, entry in given.entries.items():
        path = name.split("__", 1)
        if strict and path[0] not in tree.entries:
            kept_out.append(name)
            continue
        value = cast(entry.value, merged.get(".".join(path)))
        merged = replaced(merged, path, Entry(value, entry.span), covers)
        taken[".".join(path)] = Entry(value, entry.span)
    if given.open and not merged.open:
        merged = Mapping(merged.entries, True, span=merged.span, via=merged.via)
    return merged, taken, kept_out


def swept(tree: Mapping, sweep: Mapping, covers: list[Cover]) -> Mapping:
    """A configuration whose values are those of a sweep: each key one of a list, `_` lists sets that go together."""
    values: dict[str, list[Node]] = {}
    for name, entry in sweep.entries.items():
        for item in entry.value.items if isinstance(entry.value, Sequence) else ():
            if name != "_":
                values.setdefault(name, []).append(item)
            elif isinstance(item, Mapping):
                for key, paired in item.entries.items():
                    values.setdefault(key, []).append(paired.value)
    for name, options in values.items():
        old = tree.entries.get(name)
        complete = name in sweep.entries  # a key that some sets leave out keeps the file's value there
        found = choice(options if complete or old is None else [*options, old.value])
        if isinstance(found, Choice) or complete:
            tree = replaced(tree, [name], Entry(found, found.span), covers)
    return tree
