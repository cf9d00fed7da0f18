"""LLaMA-Factory's options as a tree: the configuration file, the words that override it, and what both resolve to."""

from __future__ import annotations

import re
from collections.abc import Callable

from qp_lint.frameworks.flags import part_of
from qp_lint.frameworks.run_files import replaced
from qp_lint.frameworks.values import text
from qp_lint.parse.yaml import resolve
from qp_lint.run import RunBuilder
from qp_lint.tree import Choice, Entry, Mapping, Node, Plain, Scalar, Unknown

DEPTH = 8  # levels of an override's key, and of values that refer to each other
_REFERENCE = re.compile(r"\$\{([A-Za-z_][\w.]*)\}")
_ENVIRONMENT = re.compile(r"\$\{oc\.env:\s*([A-Za-z_]\w*)\s*(?:,\s*(.*?)\s*)?\}")


def enabled(builder: RunBuilder, name: str) -> bool | None:
    """Whether an environment variable switches something on, as `is_env_enabled` reads it; None when it cannot be told.

    A variable that the launch does not set counts as not set.
    """
    node = builder.env.get(name)
    if node is None:
        return False
    found = builder.pick(node)
    if not isinstance(found, Scalar):
        return None
    return str(found.value).lower() in ("true", "y", "1")


def by_release(builder: RunBuilder, value: Callable[[str], Plain]) -> Node | Plain:
    """A value that depends on LLaMA-Factory's release: one for every release that may be installed."""
    values = list(dict.fromkeys(value(release) for release in builder.versions.candidates("llamafactory")))
    return values[0] if len(values) == 1 else Choice(tuple(Scalar(item) for item in values))


def at_least(release: str, other: str) -> bool:
    """Whether a release is `other` or newer."""
    return numbers(release) >= numbers(other)


def numbers(release: str) -> tuple[int, ...]:
    """`0.9.5` as numbers; what follows them does not count."""
    return tuple(int(part) for part in re.findall(r"\d+", release)[:3])


def interpolated(tree: Mapping, builder: RunBuilder) -> Mapping:
    """A configuration with OmegaConf's `${key}` and `${oc.env:NAME,default}` resolved; what else stands in `${}` is unknown."""
    if not any("${" in (text(entry.value) or "") for entry in tree.entries.values()):
        return tree
    entries = {name: Entry(value_of(entry.value, tree, builder), entry.span) for name, entry in tree.entries.items()}
    return Mapping(entries, tree.open, span=tree.span, via=tree.via)


def value_of(node: Node, tree: Mapping, builder: RunBuilder, depth: int = DEPTH) -> Node:
    """A value with its interpolation resolved; one that stands for all of the text keeps its type, an environment variable
    is always a string.
    """
    written = text(node)
    if written is None or "${" not in written:
        return node
    found = _ENVIRONMENT.fullmatch(written)
    if found is not None:
        given = builder.env.get(found[1])
        if given is not None:
            return builder.pick(given)
        return Scalar(found[2].strip("'\""), written, span=node.span) if found[2] is not None else Unknown(span=node.span)
    reference = _REFERENCE.fullmatch(written)
    other = tree.get(reference[1]) if reference is not None else None
    if other is None or not depth:
        return Unknown(span=node.span, via=node.via)
    return value_of(other, tree, builder, depth - 1)


def overridden(tree: Mapping, words: list[Node]) -> tuple[Mapping, dict[str, Entry]]:
    """A configuration with `key=value` words over it, and the entries that they give (OmegaConf.from_cli)."""
    given: dict[str, Entry] = {}
    for word in words:
        written = text(word)
        name, assigned, value = (written or "").partition("=")
        if assigned and not name.startswith("-") and name.count(".") < DEPTH:
            given[name] = Entry(Scalar(resolve(value), value, span=part_of(word, value), via=word.via), word.span)
    for name, entry in given.items():
        tree = replaced(tree, name.split("."), entry)
    return tree, given


def from_flags(words: list[Node]) -> Mapping:
    """`--key value …` as a mapping, the values as HfArgumentParser's types would have them; a bare switch is true."""
    entries: dict[str, Entry] = {}
    unknown = False
    name, place = "", None
    for word in words:
        written = text(word)
        if written is None:
            if name:
                entries[name] = Entry(word, place)
            else:
                unknown = True
            name = ""
        elif written.startswith("--"):
            key, assigned, value = written[2:].partition("=")
            key = key.replace("-", "_")
            node = Scalar(resolve(value) if assigned else True, value, span=part_of(word, value), via=word.via)
            entries[key] = Entry(node, word.span)
            name, place = ("", None) if assigned else (key, word.span)
        elif name:
            entries[name] = Entry(Scalar(resolve(written), written, span=word.span, via=word.via), place)
            name = ""
    return Mapping(entries, unknown)
