"""A cheap outline of Python text by the standard library's `ast`: what a file could contribute, before libcst reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from qp_lint.parse.python import ast_of
from qp_lint.text import Source


@dataclass(frozen=True, slots=True)
class Import:
    """An imported module: `level` counts the dots of a relative import; `names` are what is imported from it."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file could contribute: its imports, every name, attribute, keyword and short string, whether it runs as a script.

    `active`: importing it may do more than define things (it calls something other than common harmless helpers).
    `top`: the names in what is called when it is imported; all words when that has to do with a function of the module itself.
    """

    imports: tuple[Import, ...]
    words: frozenset[str]
    main: bool
    active: bool
    top: frozenset[str] = frozenset()


def outline(source: Source) -> Outline | None:
    """The outline of a Python file; None when it does not parse."""
    try:
        tree = ast_of(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    imports: list[Import] = []
    words: set[str] = set()
    for node in _nodes(tree):
        kind = type(node)
        if kind is ast.Name:
            words.add(node.id)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            words.add(node.attr)  # type: ignore[attr-defined]
        elif kind is ast.keyword:
            words.add(node.arg or "")  # type: ignore[attr-defined]
        elif kind is ast.Constant:
            if isinstance(node.value, str) and len(node.value) <= 100:  # type: ignore[attr-defined]
                words.add(node.value)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Import):
            imports += [Import(alias.name) for alias in node.names]
            words.update(part for alias in node.names for part in alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            imports.append(Import(node.module or "", node.level, names))
            words.update(names, (node.module or "").split("."))
    found = frozenset(words)
    return Outline(tuple(imports), found, any(map(_is_main, tree.body)), any(map(_is_active, tree.body)), _top(tree, found))


def _top(tree: ast.Module, words: frozenset[str]) -> frozenset[str]:
    """The names in the statements of a module that call something; all words when one has to do with a definition."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    own = {statement.name for statement in tree.body if isinstance(statement, definitions)}
    names: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, (*definitions, ast.Import, ast.ImportFrom)):
            continue
        nodes = list(_nodes(statement))
        if not any(isinstance(node, ast.Call) for node in nodes):  # a list of names to export, an import in an `if`
            continue
        for node in nodes:
            if isinstance(node, ast.Name):
                if node.id in own:
                    return words
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= 100:
                names.add(node.value)
    return frozenset(names)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes below and with `tree`, as `ast.walk` gives them, in half the time."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if type(value) is list:
                todo += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:  # not a context or an operator
                todo.append(value)


def _is_main(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


HARMLESS = frozenset(
    [
        "getLogger",
        "get_logger",
        "basicConfig",
        "TypeVar",
        "NewType",
        "namedtuple",
        "Path",
        "compile",
        "join",
        "dirname",
        "abspath",
        "getenv",
        "get",
        "frozenset",
        "set",
        "dict",
        "list",
        "tuple",
        "int",
        "str",
        "bool",
        "float",
        "range",
        "len",
        "sorted",
        "append",
        "filterwarnings",
        "version",
        "is_available",
        "parse",
        "field",
        "print",
    ]
)


def _is_active(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return False
    if _is_main(statement):
        return False
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
            if name not in HARMLESS:
                return True
        elif (isinstance(node, ast.Attribute) and node.attr == "environ" and not isinstance(statement, ast.Assign)) or (
            isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        ):
            return True
    return False
