"""Python text: libcst's tree, with the place of every node.  The bodies of functions are parsed when they are asked for."""

from __future__ import annotations

import ast
import bisect
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qp_lint.parse import ParseError
from qp_lint.parse.nesting import too_deep
from qp_lint.text import Source, Span

if TYPE_CHECKING:
    import libcst

LIMIT = 2_000_000  # characters; libcst needs about 20 ms and 2 MB of memory for every 10,000
LARGE = 200  # characters of a function's body from which leaving it out pays
LEFT_OUT = "_left_out_by_qp_lint_"  # what stands for a body, with its number
HEADER = "def _():\n"  # what makes a module of a body

Piece = tuple[str, int]  # a text, and the offset in the source where it, or what it stands for, begins


class PythonTree:
    """A Python text as libcst reads it: `module`, and the spans of its nodes.

    A span covers the node without surrounding whitespace, comments and parentheses.  The module comes without the larger bodies
    of functions outside of functions: few of them are called, and `body` parses those.

    Raises ParseError for text that is not Python, is too large, or nests so deeply that libcst's native parser would overflow.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._spans: dict[int, NodeSpan] = {}
        self.contained: dict[tuple[int, int], bool | None] = {}  # what `contains` said of two nodes
        if len(source.text) > LIMIT:
            raise ParseError(f"Python file of more than {LIMIT:,} characters")
        self._left_out = _bodies(source)
        self._bodies: dict[str, libcst.BaseSuite] = {}
        pieces, end = [], 0
        for number, (start, stop) in enumerate(self._left_out):
            pieces += [(source.text[end:start], end), (f"{LEFT_OUT}{number}", start)]
            end = stop
        self._parts = [_Part(source, [*pieces, (source.text[end:], end)])]

    @property
    def size(self) -> int:
        """How many characters were parsed."""
        return sum(part.size for part in self._parts)

    @property
    def module(self) -> libcst.Module:
        """The module, with a name in the place of every body that was left out."""
        return self._parts[0].module

    def body(self, function: libcst.FunctionDef) -> libcst.BaseSuite:
        """The statements of a function.  Raises ParseError where libcst does not take what the running Python takes."""
        name = _stand_in(function.body)
        if name is None:
            return function.body
        if name not in self._bodies:
            start, stop = self._left_out[int(name.removeprefix(LEFT_OUT))]
            line = self.source.lines[self.source.position(start).line - 1]  # with the indentation
            part = _Part(self.source, [(HEADER, start), (self.source.text[line:stop], line)])
            self._parts.append(part)
            self._bodies[name] = part.module.body[0].body  # type: ignore[assignment]
        return self._bodies[name]

    def children(self, node: libcst.CSTNode) -> Sequence[libcst.CSTNode]:
        """What a node consists of, a body that was left out too (unless it cannot be read)."""
        if _stand_in(getattr(node, "body", None)) is None:
            return node.children
        function: Any = node
        try:
            return [*(child for child in node.children if child is not function.body), self.body(function)]
        except ParseError:
            return node.children

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node stands; the empty span at the start for nodes of another tree."""
        found = self._spans.get(id(node))
        if found is None:
            found = self._spans[id(node)] = NodeSpan(self, node)
        return found

    def range(self, node: libcst.CSTNode) -> tuple[int, int]:
        """Start and end of a node, in code points."""
        for part in self._parts:
            found = part.range(node)
            if found is not None:
                return found
        return 0, 0


class _Part:
    """What libcst makes of some pieces of a text together; form feeds, which it loses, are left out."""

    def __init__(self, source: Source, pieces: Sequence[Piece]) -> None:
        self._starts: list[int] = []  # where pieces begin, in the text that is parsed
        self._origins: list[int] = []  # and in the source
        self._ranges: dict[int, tuple[int, int]] | None = None
        texts, length = [], 0
        for text, origin in pieces:
            for line in text.split("\f") if "\f" in text else (text,):
                self._starts.append(length)
                self._origins.append(origin)
                texts.append(line)
                length += len(line)
                origin += len(line) + 1
        self.size = length
        self.module = self._parse(source, "".join(texts))

    def _parse(self, source: Source, text: str) -> libcst.Module:
        import libcst

        deep = too_deep(text)
        if deep is not None:
            raise ParseError("nested too deeply to be read", self._origin(deep))
        try:
            return libcst.parse_module(text)
        except libcst.ParserSyntaxError as error:
            raise self._syntax_error(source, Source("", text), error) from None
        except (ValueError, UnicodeError, RecursionError) as error:
            raise ParseError(f"not readable as Python: {error}") from None
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # what PyO3 makes of a panic of the native parser; no Exception
                raise ParseError("not readable as Python") from None
            raise

    def _syntax_error(self, source: Source, parsed: Source, error: libcst.ParserSyntaxError) -> ParseError:
        """The error in CPython's words, which people know; libcst's place where CPython accepts the text."""
        try:
            ast_of(source.text)
        except SyntaxError as found:
            return ParseError(f"syntax error: {found.msg}", source.offset(found.lineno or 1, found.offset or 1))
        except (ValueError, RecursionError, MemoryError):
            pass
        reason = error.message.partition(": expected")[0]
        return ParseError(f"syntax error: {reason}", self._origin(parsed.offset(error.raw_line, error.raw_column + 1)))

    def range(self, node: libcst.CSTNode) -> tuple[int, int] | None:
        """Start and end of a node in the source; None when it is not of this part."""
        if self._ranges is None:
            self._ranges = _ranges(self.module)
        found = self._ranges.get(id(node))
        return None if found is None else (self._origin(found[0]), self._origin(found[1]))

    def _origin(self, offset: int) -> int:
        piece = bisect.bisect_right(self._starts, offset) - 1
        return self._origins[piece] + offset - self._starts[piece]


def ast_of(text: str) -> ast.Module:
    """What the standard library makes of a text.  Raises SyntaxError, ValueError, RecursionError or MemoryError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of linted code are not ours to report
        return ast.parse(text)


def _bodies(source: Source) -> list[tuple[int, int]]:
    """Where the larger bodies stand of functions that are in no other one, from the first statement to the last.

    None of a text that the running Python does not take: libcst may.
    """
    if LEFT_OUT in source.text:
        return []
    try:
        todo: list[ast.AST] = [*reversed(ast_of(source.text).body)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            number = min(item.lineno for item in (first, *getattr(first, "decorator_list", ())))
            line, last = source.line(number), node.body[-1]
            start = source.lines[number - 1] + len(line) - len(line.lstrip())
            stop = _offset(source, last.end_lineno or number, last.end_col_offset or 0)
            if stop - start >= LARGE and number > node.lineno and len(line) - len(line.lstrip()) == first.col_offset:
                found.append((start, stop))
            continue
        for name in ("finalbody", "orelse", "handlers", "cases", "body"):
            todo += reversed(getattr(node, name, ()))
    return found


def _offset(source: Source, line: int, column: int) -> int:
    """The offset of a place that `ast` gives: it counts bytes of UTF-8."""
    text = source.line(line)
    return source.lines[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode(errors="ignore")))


def _stand_in(body: Any) -> str | None:
    """The name in the place of a body that was left out."""
    for name in ("body", "body", "value", "value"):
        body = getattr(body, name, None)
        if isinstance(body, (list, tuple)):
            body = body[0] if len(body) == 1 else None
    return body if isinstance(body, str) and body.startswith(LEFT_OUT) else None


class NodeSpan(Span):
    """The span of a node, counted when it is asked for: generating code costs more than parsing, and few spans are shown.

    Two of them are equal when they are of the same node.
    """

    __slots__ = ("node", "tree")
    tree: PythonTree
    node: libcst.CSTNode

    def __init__(self, tree: PythonTree, node: libcst.CSTNode) -> None:
        object.__setattr__(self, "source", tree.source)
        object.__setattr__(self, "tree", tree)
        object.__setattr__(self, "node", node)

    @property
    def start(self) -> int:
        """The first code point."""
        return self.tree.range(self.node)[0]

    @property
    def end(self) -> int:
        """Behind the last code point."""
        return self.tree.range(self.node)[1]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NodeSpan):
            return self.node is other.node
        return super().__eq__(other)

    def __hash__(self) -> int:
        return id(self.node)

    def settled(self) -> Span:
        """The plain span; what was parsed need not be kept for it."""
        return Span(self.source, *self.tree.range(self.node))

    def covers(self, other: Span) -> bool:
        """Whether `other` lies inside; of two nodes without counting, when this one is small."""
        if self.source is not other.source:
            return False
        if isinstance(other, NodeSpan):
            key = (id(self.node), id(other.node))
            if key not in self.tree.contained:
                self.tree.contained[key] = contains(self.node, other.node)
            found = self.tree.contained[key]
            if found is not None:
                return found
        return super().covers(other)


def contains(outer: Any, inner: Any, most: int = 300) -> bool | None:
    """Whether a node lies in another one or is it; None where it is not seen, or `most` nodes are not enough."""
    todo, seen, open = [outer], 0, False
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
            elif isinstance(value, str) and value.startswith(LEFT_OUT):
                open = True
    return None if open else False


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
