"""Python: keywords of calls and entries of dicts, located in libcst's tree, changed in the text."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst

from qp_lint.fix.containers import commas
from qp_lint.fix.containers.base import Container, Item, Language
from qp_lint.fix.containers.data import SHORT
from qp_lint.fix.containers.imports import alias_of, import_edits
from qp_lint.fix.edits import Edit
from qp_lint.frameworks.base import Code, Dtype, Removal, Wanted
from qp_lint.parse import ParseError
from qp_lint.parse.python import PythonTree
from qp_lint.text import Source, Span

_STRING = re.compile(r"""(?:[rRuU]?)(["'])(.*)\1""", re.S)


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """A Python text with its tree."""

    tree: PythonTree

    @property
    def source(self) -> Source:
        """The text."""
        return self.tree.source

    @property
    def module(self) -> libcst.Module:
        """The root."""
        return self.tree.module

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node stands."""
        return self.tree.span(node).settled()

    def walk(self, node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
        """A node and all below it."""
        todo = [node]
        while todo:
            found = todo.pop()
            yield found
            todo += self.tree.children(found)

    def nodes(self, place: Span, *kinds: type[libcst.CSTNode]) -> list[libcst.CSTNode]:
        """The nodes of some kinds around a place, innermost first."""
        found: list[libcst.CSTNode] = []
        todo: list[libcst.CSTNode] = [self.module]
        while todo:
            for child in self.tree.children(todo.pop()):
                span = self.span(child)
                if place.end > span.end:
                    continue
                covers = span.start <= place.start
                if covers or isinstance(child, libcst.BaseCompoundStatement | libcst.BaseSuite):
                    todo.append(child)  # the place of a function, and of a block, begins behind the decorators
                if covers and isinstance(child, kinds):
                    found.append(child)
        return sorted(found, key=lambda node: self.span(node).end - self.span(node).start)


@functools.lru_cache(maxsize=16)
def parsed(source: Source) -> Parsed | None:
    """The tree of a Python text; None when it does not parse."""
    try:
        return Parsed(PythonTree(source))
    except ParseError:
        return None


def containers(place: Span) -> list[Container]:
    """The calls and dicts around a place, innermost first."""
    text = parsed(place.source)
    if text is None:
        return []
    found: list[Container] = []
    for node in text.nodes(place, libcst.Call, libcst.Dict):
        items = _arguments(node, text) if isinstance(node, libcst.Call) else _entries(node, text)
        span = text.span(node)
        if isinstance(node, libcst.Call):
            opened = place.source.text.index("(", text.span(node.func).end)
            span = Span(place.source, opened, span.end)
        found.append(Arguments(span, tuple(items), Language.PYTHON, isinstance(node, libcst.Call), text))
    return found


def _arguments(node: libcst.CSTNode, text: Parsed) -> Iterator[Item]:
    assert isinstance(node, libcst.Call)
    for number, arg in enumerate(node.args):
        value = text.span(arg.value)
        start = text.span(arg).start
        if arg.keyword is not None:
            start = text.span(arg.keyword).start
        yield Item(arg.keyword.value if arg.keyword else f"{arg.star}{number}", start, _closed(text, arg.value, value), value)


def _entries(node: libcst.CSTNode, text: Parsed) -> Iterator[Item]:
    assert isinstance(node, libcst.Dict)
    for number, element in enumerate(node.elements):
        value = text.span(element.value)
        end = _closed(text, element.value, value)
        if isinstance(element, libcst.DictElement):
            key = element.key.evaluated_value if isinstance(element.key, libcst.SimpleString) else f"*{number}"
            yield Item(str(key), text.span(element.key).start, end, value)
        else:
            yield Item(f"**{number}", text.span(element).start, end, value)


def _closed(text: Parsed, node: libcst.BaseExpression, span: Span) -> int:
    """Where a value ends, with the parentheses around it."""
    end = span.end
    for _ in getattr(node, "rpar", ()):
        end = text.source.text.index(")", end) + 1
    return end


@dataclass(frozen=True, slots=True)
class Arguments(Container):
    """The arguments of a call, or the entries of a dict."""

    call: bool
    parsed: Parsed

    def replaced(self, item: Item, wanted: Wanted) -> Edit | None:
        """Only the value changes."""
        if item.value is None:
            return None
        text = spelled(wanted, self.parsed, item.value.text)
        return None if text is None else Edit(item.value, text)

    def removed(self, indices: Sequence[int]) -> list[Edit] | None:
        """With their commas."""
        return commas.removed(self.span.source, self.items, indices, self.span.end - 1, True)

    def entry(self, key: str, wanted: Wanted) -> str | None:
        """`key=value`, in a dict `"key": value`."""
        value = spelled(wanted, self.parsed)
        if value is None:
            return None
        return f"{key}={value}" if self.call else f"{quoted(key, self.span.text)}: {value}"

    def added(self, entries: Sequence[str], after: Item | None, kept: Sequence[Item]) -> list[Edit] | None:
        """Keywords go behind positional arguments."""
        if after is not None and self.call and (after.key[:1].isdigit() or after.key.startswith("*")):
            after = None
        return commas.added(self.span.source, kept, self.span, entries, after)

    def changed(self, changes: Mapping[str, Wanted], near: int) -> list[Edit] | None:
        """With the imports that new values need."""
        edits = super(Arguments, self).changed(changes, near)
        needed = [pair for wanted in changes.values() if isinstance(wanted, Code) for pair in wanted.imports]
        if any(isinstance(wanted, Dtype) and self.item(key) is None for key, wanted in changes.items()):
            needed.append(("torch", ""))
        if edits is None or not needed:
            return edits
        return edits + import_edits(self.parsed.tree, needed)


def is_literal(text: str) -> bool:
    """Whether a text is a string, a number, a name or a dotted name: something that one value can replace."""
    return bool(_STRING.fullmatch(text) or re.fullmatch(r"[\w.+-]+", text))


def quoted(text: str, beside: str = "") -> str:
    """A string literal in the quotes that are used beside it."""
    single = beside.count("'") > beside.count('"')
    return repr(text) if single else json.dumps(text, ensure_ascii=False)


def spelled(wanted: Wanted, text: Parsed, old: str = "") -> str | None:
    """A value as Python writes it, in the style of the old one."""
    if isinstance(wanted, Removal):
        return None
    if isinstance(wanted, Code):
        names = {name: alias_of(text.module, module, name) or name for module, name in wanted.imports}
        return re.sub(r"\w+", lambda match: names.get(match[0], match[0]), wanted.text)
    string = _STRING.fullmatch(old)
    if isinstance(wanted, Dtype):
        if string:
            short = SHORT.get(wanted.name, wanted.name) if string[2] in SHORT.values() else wanted.name
            return quoted(f"torch.{short}" if string[2].startswith("torch.") else short, old)
        torch = alias_of(text.module, "torch", "") or ("" if old else "torch")  # a new entry brings the import
        if (match := re.fullmatch(r"([\w.]+)\.\w+", old)) and torch == match[1]:
            return f"{match[1]}.{wanted.name}"
        return f"{torch}.{wanted.name}" if torch else quoted(wanted.name, text.source.text)
    if isinstance(wanted, str):
        return quoted(wanted, old or text.source.text)
    return repr(wanted)
