"""OmegaConf's interpolation: `${model.name}`, `${.sibling}`, `${oc.env:NAME,default}`, alone or inside a text."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table

from qp_lint.tree import Choice, Entry, Mapping, Node, Scalar, Sequence, Unknown, through

DEPTH = 8  # values that refer to each other
BUDGET = 20_000  # values of one tree
LENGTH = 10_000  # characters of a text that is put together

_REFERENCE = re.compile(r"\$\{(\.*)([A-Za-z_][\w.-]*)\}")
_ENVIRONMENT = re.compile(r"\$\{oc\.env:\s*([A-Za-z_]\w*)\s*(?:,\s*([^{}]*?)\s*)?\}")
_ANY = re.compile(rf"{_ENVIRONMENT.pattern}|{_REFERENCE.pattern}|\$\{{[^{{}}]*\}}?")


def resolved(tree: Mapping, env: Table[str, Node]) -> Mapping:
    """A configuration with its interpolations resolved; what cannot be told is unknown.

    A value keeps its text as written in `raw` (`hint` of an unknown one), so that it can be resolved again when another
    configuration was merged over it.
    """
    run = _Run(tree, env)
    found = run.inside(tree, (tree,), 0)
    return found if isinstance(found, Mapping) else tree


class _Run:
    def __init__(self, root: Mapping, env: Table[str, Node]) -> None:
        self.root = root
        self.env = env
        self.budget = BUDGET

    def inside(self, node: Node, parents: tuple[Mapping, ...], depth: int) -> Node:
        """A value with everything in it resolved; itself when there is nothing to resolve."""
        self.budget -= 1
        if self.budget < 0:
            return node if isinstance(node, Scalar) and "${" not in _written(node) else Unknown(span=node.span)
        if isinstance(node, Mapping):
            above = (*parents, node) if node is not parents[-1] else parents
            changed = {}
            for name, entry in node.entries.items():
                value = self.inside(entry.value, above, depth)
                if value is not entry.value:
                    changed[name] = Entry(value, entry.span)
            if not changed:
                return node
            return Mapping({**node.entries, **changed}, node.open, span=node.span, via=node.via)
        if isinstance(node, Sequence):
            items = tuple(self.inside(item, parents, depth) for item in node.items)
            same = all(new is old for new, old in zip(items, node.items, strict=True))
            return node if same else Sequence(items, node.open, span=node.span, via=node.via)
        return self.value(node, parents, depth)

    def value(self, node: Node, parents: tuple[Mapping, ...], depth: int) -> Node:
        """A text with its interpolations resolved; one that is nothing else keeps the type of what it stands for."""
        written = _written(node)
        if "${" not in written:
            return node
        whole = _ANY.fullmatch(written)
        if whole is not None:
            found = self.part(whole[0], node, parents, depth)
            if isinstance(found, Scalar):
                passed = through(found, node.span)
                return Scalar(found.value, written, span=passed.span, via=passed.via)
            if isinstance(found, (Mapping, Sequence, Choice)):
                return found
            return Unknown(hint=written, span=node.span, via=node.via)
        parts: list[str] = []
        at = 0
        for match in _ANY.finditer(written):
            found = self.part(match[0], node, parents, depth)
            if not isinstance(found, Scalar) or isinstance(found.value, (bool, type(None))):
                return Unknown(hint=written, span=node.span, via=node.via)
            parts += [written[at : match.start()], str(found.value)]
            at = match.end()
        text = "".join([*parts, written[at:]])
        if len(text) > LENGTH:
            return Unknown(hint=written, span=node.span, via=node.via)
        return Scalar(text, written, span=node.span, via=node.via)

    def part(self, text: str, node: Node, parents: tuple[Mapping, ...], depth: int) -> Node | None:
        """What one `${…}` stands for."""
        self.budget -= 1
        if depth >= DEPTH or self.budget < 0:
            return None
        found = _ENVIRONMENT.fullmatch(text)
        if found is not None:
            if found[1] in self.env:
                return self.env[found[1]]
            return Scalar(found[2].strip("'\""), text, span=node.span) if found[2] is not None else None
        reference = _REFERENCE.fullmatch(text)
        if reference is None:
            return None
        dots = len(reference[1])
        if dots > len(parents):
            return None
        above = parents[: len(parents) - dots + 1] if dots else (self.root,)
        for name in reference[2].split("."):
            inner = above[-1].entries.get(name)
            if inner is None:
                return None
            if not isinstance(inner.value, Mapping):
                deeper = name != reference[2].rpartition(".")[2]
                return None if deeper else self.inside(inner.value, above, depth + 1)
            above = (*above, inner.value)
        return self.inside(above[-1], above[:-1], depth + 1)


def _written(node: Node) -> str:
    """The text of a value before anything was resolved in it."""
    if isinstance(node, Scalar):
        return node.raw if "${" in node.raw else node.value if isinstance(node.value, str) else ""
    return node.hint if isinstance(node, Unknown) and "${" in node.hint else ""
