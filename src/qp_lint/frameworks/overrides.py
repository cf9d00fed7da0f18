"""Options as a tree: flags, a configuration file, the words that override it, and what both resolve to.

The order is each framework's own; these are the steps: `from_flags` for `--key value`, `overridden` for OmegaConf's `key=value`,
`laid_over` for flags whose names are paths (jsonargparse, fire), `interpolated` for OmegaConf's `${key}`, `filled` for
values that something else puts in.
"""

from __future__ import annotations

import re

from qp_lint.frameworks.flags import name_of, part_of
from qp_lint.parse.interpolation import resolved
from qp_lint.parse.yaml import resolve
from qp_lint.run import RunBuilder
from qp_lint.tree import Cover, Entry, Mapping, Node, Scalar, cover, string

PLACEHOLDER = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}|\$[A-Z_][A-Z0-9_]*")
DEPTH = 8  # levels of an override's key


def interpolated(tree: Mapping, builder: RunBuilder) -> Mapping:
    """A configuration with OmegaConf's `${key}` and `${oc.env:NAME,default}` resolved; what else stands in `${}` is unknown."""
    return resolved(tree, {name: builder.pick(node) for name, node in builder.env.items()})


def filled(tree: Mapping) -> Mapping:
    """A configuration without the values that something puts in before it is used (`base_model: ${BASE_MODEL}`), open then."""
    left: dict[str, Entry] = {}
    for name, entry in tree.entries.items():
        value = entry.value
        if not PLACEHOLDER.fullmatch(string(value) or ""):
            left[name] = Entry(filled(value), entry.span) if isinstance(value, Mapping) else entry
    if len(left) == len(tree.entries):
        return Mapping(left, tree.open, span=tree.span, via=tree.via)
    return Mapping(left, True, span=tree.span, via=tree.via)


def overridden(tree: Mapping, words: list[Node], covers: list[Cover]) -> tuple[Mapping, dict[str, Entry]]:
    """A configuration with `key=value` words over it, and the entries that they give (OmegaConf.from_cli).

    `covers` takes what they replace.
    """
    given: dict[str, Entry] = {}
    for word in words:
        written = string(word)
        name, assigned, value = (written or "").partition("=")
        if written is None:
            name = name_of(word)
        if not name or name.startswith("-") or name.count(".") >= DEPTH:
            continue
        if written is None:
            given[name] = Entry(word, word.span)
        elif assigned:
            given[name] = Entry(Scalar(resolve(value), value, span=part_of(word, value), via=word.via), word.span)
    for name, entry in given.items():
        tree = replaced(tree, name.split("."), entry, covers)
    return tree, given


def replaced(tree: Mapping, path: list[str], entry: Entry, covers: list[Cover]) -> Mapping:
    """A mapping with the entry at a dotted path set; `covers` takes what it replaces."""
    head, *rest = path
    old = tree.entries[head].value if head in tree.entries else None
    if rest:
        inner = old if isinstance(old, Mapping) else Mapping(span=entry.span)
        entry = Entry(replaced(inner, rest, entry, covers), entry.span)
    else:
        cover(covers, head, entry.value, old)
    return Mapping({**tree.entries, head: entry}, tree.open, span=tree.span, via=tree.via)


def from_flags(words: list[Node]) -> Mapping:
    """`--key value …` as a mapping, the values as HfArgumentParser's types would have them; a bare switch is true."""
    entries: dict[str, Entry] = {}
    unknown = False
    name, place = "", None
    for word in words:
        written = string(word)
        if written is None:
            if (named := name_of(word)).startswith("--"):
                entries[named[2:].replace("-", "_")] = Entry(word, word.span)
            elif name:
                entries[name] = Entry(word, place)
            else:
                unknown = True
            name = ""
        elif written.startswith("--"):
            key, assigned, value = written[2:].partition("=")
            key = key.replace("-", "_")
            written_at = part_of(word, value) if assigned else word.span
            node = Scalar(resolve(value) if assigned else True, value, span=written_at, via=word.via)
            entries[key] = Entry(node, word.span)
            name, place = ("", None) if assigned else (key, word.span)
        elif name:
            entries[name] = Entry(Scalar(resolve(written), written, span=word.span, via=word.via), place)
            name = ""
    return Mapping(entries, unknown)


def laid_over(tree: Mapping, flags: Mapping, covers: list[Cover]) -> Mapping:
    """A configuration with flags over it; a dotted name (`--trainer.devices`) is a path.  `covers` takes what they replace."""
    for name, entry in flags.entries.items():
        if name.count(".") < DEPTH:
            tree = replaced(tree, name.split("."), entry, covers)
    return Mapping(tree.entries, tree.open or flags.open, span=tree.span, via=tree.via)
