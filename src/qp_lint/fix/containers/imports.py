"""Imports of a Python module: by which name something is at hand, and how to bring in what is not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import libcst

from qp_lint.fix.containers import commas
from qp_lint.fix.containers.base import Item, line_end, newline_of
from qp_lint.fix.edits import Edit
from qp_lint.parse.python import PythonTree


def _imports(module: libcst.Module) -> Iterator[tuple[libcst.SimpleStatementLine, libcst.Import | libcst.ImportFrom]]:
    """The import statements at the top level."""
    for statement in module.body:
        if isinstance(statement, libcst.SimpleStatementLine):
            for small in statement.body:
                if isinstance(small, libcst.Import | libcst.ImportFrom):
                    yield statement, small


def _dotted(node: libcst.BaseExpression | None) -> str:
    if isinstance(node, libcst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, libcst.Name) else ""


def _module(node: libcst.ImportFrom) -> str:
    return "." * len(node.relative) + _dotted(node.module)


def alias_of(module: libcst.Module, package: str, name: str) -> str | None:
    """The name by which `package.name` (the package itself when `name` is empty) is imported at the top level."""
    for _, statement in _imports(module):
        if isinstance(statement.names, libcst.ImportStar):
            continue
        for alias in statement.names:
            wanted = _dotted(alias.name)
            if isinstance(statement, libcst.Import):
                found = not name and wanted == package
            else:
                found = bool(name) and _module(statement) == package and wanted == name
            if found:
                return alias.asname.name.value if alias.asname and isinstance(alias.asname.name, libcst.Name) else wanted
    return None


def bound(module: libcst.Module, name: str) -> bool:
    """Whether an import at the top level gives a name its value."""
    for _, statement in _imports(module):
        for alias in () if isinstance(statement.names, libcst.ImportStar) else statement.names:
            given = alias.asname.name if alias.asname else alias.name
            if _dotted(given).partition(".")[0] == name:
                return True
    return False


def import_edits(tree: PythonTree, needed: Iterable[tuple[str, str]]) -> list[Edit]:
    """The edits that import `(module, name)` pairs which are not at hand: in a statement that is there, else in a new one.

    An empty name stands for the module itself.
    """
    edits: list[Edit] = []
    fresh: dict[str, list[str]] = {}
    for package, name in dict.fromkeys(needed):
        if alias_of(tree.module, package, name) is None:
            fresh.setdefault(package, []).append(name)
    for package, names in fresh.items():
        whole = names == [""]
        there = None if whole else _in_statement(tree, package, names)
        text = f"import {package}" if whole else f"from {package} import {', '.join(names)}"
        edits += there or _new_statement(tree, package, text)
    return edits


def _in_statement(tree: PythonTree, package: str, names: list[str]) -> list[Edit] | None:
    """Names added to `from package import …`, behind the last one that sorts before them."""
    for _, statement in _imports(tree.module):
        if isinstance(statement, libcst.Import) or isinstance(statement.names, libcst.ImportStar):
            continue
        if _module(statement) != package:
            continue
        items = []
        for alias in statement.names:
            span = tree.span(alias).settled()
            items.append(Item(_dotted(alias.name), span.start, span.end, None))
        before = [item for item in items if item.key.lower() <= names[0].lower()]
        span = tree.span(statement).settled()
        close = span.end if statement.rpar is None else span.source.text.index(")", items[-1].end) + 1
        whole = span.source.span(span.start, close if statement.rpar is not None else close + 1)
        if before:
            return commas.added(span.source, items, whole, names, before[-1])
        start = items[0].start
        return [Edit(span.source.span(start, start), "".join(f"{name}, " for name in names))]
    return None


def _new_statement(tree: PythonTree, package: str, text: str) -> list[Edit]:
    """A statement of its own: among other libraries' where it sorts, else behind the last import at the top."""
    source = tree.source
    newline = newline_of(source)
    top = list(_imports(tree.module))
    others = [(node, line) for line, node in top if _library(node)]
    mine = (not text.startswith("import"), package.lower())  # `import x` stands before `from x import y`
    before = [line for node, line in others if (isinstance(node, libcst.ImportFrom), _library(node).lower()) < mine]
    if others and not before:
        start = tree.span(others[0][1]).settled().start
        return [Edit(source.span(start, start), text + newline)]
    if top:
        end = line_end(source.text, tree.span((before or [line for line, _ in top])[-1]).settled().end)
        return [Edit(source.span(end, end), newline + text)]
    body = tree.module.body
    if body and isinstance(body[0], libcst.SimpleStatementLine) and tree.module.get_docstring() is not None:
        end = line_end(source.text, tree.span(body[0]).settled().end)
        return [Edit(source.span(end, end), newline * 2 + text)]
    start = tree.span(body[0]).settled().start if body else len(source.text)
    return [Edit(source.span(start, start), text + newline * 2)]


def _library(node: libcst.Import | libcst.ImportFrom) -> str:
    """The installed library that a statement imports from, empty when it is none."""
    name = _module(node) if isinstance(node, libcst.ImportFrom) else _dotted(node.names[0].name)
    top = name.partition(".")[0]
    return name if top and top not in sys.stdlib_module_names else ""
