"""Python text: the libcst tree, the place of every node, and a cheap outline by the standard library's `ast`."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qp_lint.parse import ParseError
from qp_lint.parse.nesting import too_deep
from qp_lint.text import Source, Span

if TYPE_CHECKING:
    import libcst

LIMIT = 2_000_000  # characters; libcst needs about 20 ms and 2 MB of memory for every 10,000


def parse_python(source: Source) -> libcst.Module:
    """The libcst tree of a module; form feeds, which libcst loses, are left out (`Positions` counts them).

    Raises ParseError for text that is not Python, is too large, or nests so deeply that libcst's native parser would overflow.
    """
    import libcst

    text = source.text
    if len(text) > LIMIT:
        raise ParseError(f"Python file of more than {LIMIT:,} characters")
    deep = too_deep(text)
    if deep is not None:
        raise ParseError("nested too deeply to be read", deep)
    try:
        return libcst.parse_module(text.replace("\f", ""))
    except libcst.ParserSyntaxError as error:
        raise _syntax_error(source, error) from None
    except (ValueError, UnicodeError, RecursionError) as error:
        raise ParseError(f"not readable as Python: {error}") from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # what PyO3 makes of a panic of the native parser; no Exception
            raise ParseError("not readable as Python") from None
        raise


def _syntax_error(source: Source, error: libcst.ParserSyntaxError) -> ParseError:
    """The error in CPython's words, which people know; libcst's place where CPython accepts the text."""
    try:
        _ast(source.text)
    except SyntaxError as found:
        return ParseError(f"syntax error: {found.msg}", source.offset(found.lineno or 1, found.offset or 1))
    except (ValueError, RecursionError, MemoryError):
        pass
    reason = error.message.partition(": expected")[0]
    return ParseError(f"syntax error: {reason}", source.offset(error.raw_line, error.raw_column + 1))


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of linted code are not ours to report
        return ast.parse(text)


class Positions:
    """The spans of the nodes of one module, found by generating its code once and counting characters.

    A span covers the node without surrounding whitespace, comments and parentheses.
    """

    def __init__(self, module: libcst.Module, source: Source) -> None:
        self.source = source
        self._module = module
        self._ranges: dict[int, tuple[int, int]] | None = None
        self._spans: dict[int, NodeSpan] = {}
        self.contained: dict[tuple[int, int], bool | None] = {}  # what `contains` said of two nodes
        self._removed = [index for index, char in enumerate(source.text) if char == "\f"] if "\f" in source.text else []

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node of the module stands; the empty span at the start for nodes of another module."""
        found = self._spans.get(id(node))
        if found is None:
            found = self._spans[id(node)] = NodeSpan(self, node)
        return found

    def range(self, node: libcst.CSTNode) -> tuple[int, int]:
        """Start and end of a node, in code points."""
        if self._ranges is None:
            self._ranges = _ranges(self._module)
        start, end = self._ranges.get(id(node), (0, 0))
        return (self._with_removed(start), self._with_removed(end)) if self._removed else (start, end)

    def _with_removed(self, offset: int) -> int:
        for place in self._removed:
            if place > offset:
                break
            offset += 1
        return offset


class NodeSpan(Span):
    """The span of a node, counted when it is asked for: generating code costs more than parsing, and few spans are shown.

    Two of them are equal when they are of the same node.
    """

    __slots__ = ("node", "positions")
    positions: Positions
    node: libcst.CSTNode

    def __init__(self, positions: Positions, node: libcst.CSTNode) -> None:
        object.__setattr__(self, "source", positions.source)
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "node", node)

    @property
    def start(self) -> int:
        """The first code point."""
        return self.positions.range(self.node)[0]

    @property
    def end(self) -> int:
        """Behind the last code point."""
        return self.positions.range(self.node)[1]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NodeSpan):
            return self.node is other.node
        return super().__eq__(other)

    def __hash__(self) -> int:
        return id(self.node)

    def settled(self) -> Span:
        """The plain span; what was parsed need not be kept for it."""
        return Span(self.source, *self.positions.range(self.node))

    def covers(self, other: Span) -> bool:
        """Whether `other` lies inside; of two nodes without counting, when this one is small."""
        if self.source is not other.source:
            return False
        if isinstance(other, NodeSpan):
            key = (id(self.node), id(other.node))
            if key not in self.positions.contained:
                self.positions.contained[key] = contains(self.node, other.node)
            found = self.positions.contained[key]
            if found is not None:
                return found
        return super().covers(other)


def contains(outer: Any, inner: Any, most: int = 300) -> bool | None:
    """Whether a node lies in another one or is it; None when more than `most` nodes would have to be looked at."""
    todo, seen = [outer], 0
    while todo:
        node = todo.pop()
        if node is inner:
            return True
        seen += 1
        if seen > most:
            return None
        for name in node.__dataclass_fields__:
            value = getattr(node, name)
            if isinstance(value, (list, tuple)):
                todo += [item for item in value if hasattr(item, "__dataclass_fields__")]
            elif hasattr(value, "__dataclass_fields__"):
                todo.append(value)
    return False


def _ranges(module: libcst.Module) -> dict[int, tuple[int, int]]:
    """(start, end) of every node by its id, in characters of the generated code."""
    from libcst._nodes.internal import CodegenState

    ranges: dict[int, tuple[int, int]] = {}
    starts: list[int] = []

    class State(CodegenState):
        """Counts what is emitted instead of keeping it (the same hooks that libcst's own position provider uses)."""

        offset = 0

        def add_indent_tokens(self) -> None:
            for token in self.indent_tokens:
                self.offset += len(token)

        def add_token(self, value: str) -> None:
            self.offset += len(value)

        def before_codegen(self, node: Any) -> None:
            starts.append(self.offset)

        def after_codegen(self, node: Any) -> None:
            ranges.setdefault(id(node), (starts.pop(), self.offset))

        def pop_trailing_newline(self) -> None:
            pass

        @contextmanager
        def record_syntactic_position(self, node: Any, *, start_node: Any = None, end_node: Any = None) -> Iterator[None]:
            start = self.offset
            yield
            first = ranges[id(start_node)][0] if start_node is not None else start
            ranges[id(node)] = (first, ranges[id(end_node)][1] if end_node is not None else self.offset)

    module._codegen(State(default_indent=module.default_indent, default_newline=module.default_newline))
    return ranges


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
        tree = _ast(source.text)
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
