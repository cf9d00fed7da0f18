"""Jupyter notebooks: the code of their cells as one Python program, and what they give to a shell as one script.

Cells run in order.  `!command`, `%magic` and `%%magic` lines are no Python: the program passes over them, and the script has
those that concern it: commands, `%cd`, `%env`, `%run`, `%%bash`, files that `%%writefile` writes, and the simple values
(`NAME = "text"`, `os.environ["NAME"] = "text"`) that later commands may use.  A cell that is not Python after all is left out.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from qp_lint.parse.json import parse_json
from qp_lint.parse.strings import Piece, closed, embedded
from qp_lint.text import Part, Reading, Source, assembled, pieces_of
from qp_lint.tree import Mapping, Node, Scalar, Sequence

CELLS = 5_000
_UNREAD = frozenset(("outputs", "attachments", "widgets"))  # what running it left behind: most of its text
_PYTHON_MAGICS = frozenset(("time", "timeit", "capture", "prun", "python", "python3"))  # of a cell whose other lines are Python
_SHELLS = frozenset(("bash", "sh", "shell", "zsh", "system", "sx"))
_LINE_PREFIXES = frozenset(("time", "timeit", "prun", "memit"))  # `%time statement`
_INSTALLERS = frozenset(("pip", "conda", "mamba", "uv"))
_MAGIC = re.compile(
    r"[ \t]*(?:(?P<name>[\w.]+(?:[ \t]*,[ \t]*\w+)*)[ \t]*=[ \t]*(?=[!%]))?(?P<sign>!!?|%)(?![%=])(?P<rest>.*)", re.S
)
_HELP = re.compile(r"[ \t]*(?:\?{1,2}[\w.*]+|[\w.]+\?{1,2})[ \t]*\r?\n?")
_VALUE = re.compile(r"""(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<quote>["'])(?P<text>[^"'\\\n]*)(?P=quote)[ \t]*(?:#.*)?\r?\n?""")
_ENVIRON = re.compile(
    r"""(?:os\.)?environ\[[ \t]*["'](?P<name>\w+)["'][ \t]*\][ \t]*=[ \t]*"""
    r"""(?P<quote>["'])(?P<text>[^"'\\\n]*)(?P=quote)[ \t]*(?:#.*)?\r?\n?"""
)
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)[ \t]*(?:[-+*/|]?=(?!=)|,)")
_ENV = re.compile(r"[ \t]*(\w+)(?:[ \t]*=[ \t]*|[ \t]+)(\S[^\r\n]*?)[ \t]*$")
_BRACES = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Notebook:
    """`code`: the Python program; `shell`: the shell script.  Findings in them lead to cells (`Span.within`).

    `parameters`: where in the program papermill sets its parameters: behind the cell with that tag, else at the beginning.
    """

    code: Source
    shell: Source
    parameters: int = 0


def parse_notebook(source: Source) -> Notebook:
    """The programs of a notebook (nbformat 3 and 4); empty when its language is not Python.  Raises ParseError."""
    tree = parse_json(source, _UNREAD)
    code, shell, seen = _Program(), _Program(), _Program()
    parts, parameters = [], 0
    if isinstance(tree, Mapping) and _is_python(tree):
        for number, cell in enumerate(_cells(tree), 1):
            if number > CELLS:
                break
            text = _text(cell)
            if text is not None:
                parts.append(Part("cell", number, seen.length))
                seen.copy(text, 0, len(text.text))
                seen.add("\n", _at(text, len(text.text)))
                _read_cell(text, code, shell)
                parameters = code.length if not parameters and _is_tagged(cell) else parameters
    source.reading = Reading(seen.source(source), tuple(parts))
    return Notebook(code.source(source), shell.source(source), parameters)


def _is_tagged(cell: Node) -> bool:
    tags = cell.get("metadata.tags") if isinstance(cell, Mapping) else None
    return isinstance(tags, Sequence) and any(isinstance(tag, Scalar) and tag.value == "parameters" for tag in tags.items)


def _is_python(tree: Mapping) -> bool:
    for path in ("metadata.kernelspec.language", "metadata.language_info.name"):
        node = tree.get(path)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return "python" in node.value.lower()
    return True


def _cells(tree: Mapping) -> Iterator[Node]:
    cells = tree.get("cells")
    if isinstance(cells, Sequence):
        yield from cells.items
    sheets = tree.get("worksheets")  # nbformat 3
    for sheet in sheets.items if isinstance(sheets, Sequence) else ():
        inner = sheet.get("cells") if isinstance(sheet, Mapping) else None
        if isinstance(inner, Sequence):
            yield from inner.items


def _text(cell: Node) -> Source | None:
    """The text of a code cell; None of others."""
    if not isinstance(cell, Mapping):
        return None
    kind = cell.get("cell_type")
    if not isinstance(kind, Scalar) or kind.value != "code":
        return None
    found = cell.get("source") or cell.get("input")
    lines = found.items if isinstance(found, Sequence) else (found,)
    return embedded(line for line in lines if isinstance(line, Scalar) and isinstance(line.value, str))


class _Program:
    """Collects pieces of a notebook's text into one source."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.length = 0

    def add(self, text: str, at: int) -> None:
        """Add text that stands for what is written at an offset of the notebook."""
        if text:
            self.pieces.append((at, text))
            self.length += len(text)

    def copy(self, cell: Source, start: int, end: int) -> None:
        """Add a range of a cell."""
        for at, text in pieces_of(cell, start, end):
            self.add(text, at)

    def source(self, notebook: Source) -> Source:
        """All of it."""
        return assembled(notebook, self.pieces)


def _read_cell(cell: Source, code: _Program, shell: _Program) -> None:
    """Add a cell to the programs."""
    text = cell.text
    first = next((number for number in range(1, len(cell.lines) + 1) if cell.line(number).strip()), 1)
    head = cell.line(first).strip()
    at = _at(cell, 0)
    if head.startswith("%%"):
        name, _, rest = head[2:].partition(" ")
        body = cell.lines[first] if first < len(cell.lines) else len(text)
        if name in _SHELLS or (name == "script" and rest.split()[:1] and rest.split()[0] in _SHELLS):
            if closed(text[body:]):
                shell.add("(\n", at)
                shell.copy(cell, body, len(text))
                shell.add("\n)\n", _at(cell, len(text)))
            return
        if name in ("writefile", "file"):
            _write_file(cell, rest.split(), body, shell)
            return
        if name not in _PYTHON_MAGICS:
            return
        _statements(cell, body, code, shell)
        return
    _statements(cell, 0, code, shell)


def _at(cell: Source, offset: int) -> int:
    """The notebook's offset of one in a cell."""
    return cell.host.locate(offset) if cell.host is not None else offset


def _write_file(cell: Source, words: list[str], body: int, shell: _Program) -> None:
    """`%%writefile [-a] name`: as a here-document."""
    names = [word for word in words if not word.startswith("-")]
    if not names:
        return
    mark = "QP_LINT_END"
    while mark in cell.text:
        mark += "_"
    at = _at(cell, 0)
    append = ">" if set(words) & {"-a", "--append"} else ""
    shell.add(f"cat >{append} '{names[0]}' <<'{mark}'\n", at)
    shell.copy(cell, body, len(cell.text))
    shell.add(("" if cell.text.endswith("\n") else "\n") + mark + "\n", _at(cell, len(cell.text)))


def _statements(cell: Source, start: int, code: _Program, shell: _Program) -> None:
    """The lines of a cell of Python from `start` on."""
    text = cell.text[start:]
    if _is_code(text):
        code.copy(cell, start, len(cell.text))
        code.add("\n", _at(cell, len(cell.text)))
        _values(cell, start, len(cell.text), shell)
        return
    inner = _Program()
    replaced: list[str] = []
    at = start
    while at < len(cell.text):
        end = _line_end(cell.text, at)
        line = cell.text[at:end]
        match = _MAGIC.match(line)
        if match:
            while cell.text[at:end].rstrip("\r\n").endswith("\\") and end < len(cell.text):
                end = _line_end(cell.text, end)
            body = _magic(cell, at, end, match, shell)
        elif _HELP.fullmatch(line):
            body = "pass\n"
        else:
            replaced.append(line)
            inner.copy(cell, at, end)
            _values(cell, at, end, shell)
            at = end
            continue
        lead = line[: len(line) - len(line.lstrip())]
        name = f"{match['name']} = " if match and match["name"] else ""
        inner.add(lead + name + body, _at(cell, at))
        replaced.append(lead + name + body)
        at = end
    if _is_code("".join(replaced)):
        for place, piece in inner.pieces:
            code.add(piece, place)
        code.add("\n", _at(cell, len(cell.text)))


def _line_end(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)


def _is_code(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _magic(cell: Source, at: int, end: int, match: re.Match[str], shell: _Program) -> str:
    """Add what a `!` or `%` line gives to the shell; what the Python program has in its place."""
    nothing = "get_ipython()\n" if match["name"] else "pass\n"
    begin = at + match.start("rest")
    if match["sign"] != "%":
        _command(cell, begin, end, shell)
        return nothing
    name, _, rest = match["rest"].lstrip().rstrip("\r\n").partition(" ")
    place = _at(cell, at)
    if name in _LINE_PREFIXES and rest.strip():
        return rest.strip() + "\n"
    if name in _INSTALLERS:
        _command(cell, begin, end, shell)
    elif name in ("cd", "pushd"):
        shell.copy(cell, begin, end)
        shell.add("\n", place)
    elif name == "run":
        offset = cell.text.index("run", begin) + len("run")
        shell.add("python", place)
        shell.copy(cell, offset, end)
        shell.add("\n", place)
    elif name in ("env", "set_env") and (pair := _ENV.match(rest)):
        shell.add(f"export {pair[1]}='{pair[2]}'\n" if "'" not in pair[2] else "", place)
    elif name in ("system", "sx"):
        _command(cell, cell.text.index(name, begin) + len(name), end, shell)
    return nothing


def _command(cell: Source, start: int, end: int, shell: _Program) -> None:
    """A command in a shell of its own; `{name}` is the program's value, any other expression is not known."""
    text = cell.text[start:end]
    if not closed(text):
        return
    shell.add("(", _at(cell, start))
    at = start
    for match in _BRACES.finditer(text):
        if match[0] in ("{{", "}}") or text[max(match.start() - 1, 0) : match.start()] == "$":
            continue
        shell.copy(cell, at, start + match.start())
        shell.add(f"${{{match[1]}}}" if match[1] else "$_", _at(cell, start + match.start()))
        at = start + match.end()
    shell.copy(cell, at, end)
    shell.add("\n)\n", _at(cell, end))


def _values(cell: Source, start: int, end: int, shell: _Program) -> None:
    """The values that lines of Python at the left margin give to names that commands may use."""
    at = start
    while at < end:
        stop = min(_line_end(cell.text, at), end)
        line = cell.text[at:stop]
        if match := _ENVIRON.fullmatch(line):
            shell.add(f"export {match['name']}='", _at(cell, at))
        elif match := _VALUE.fullmatch(line):
            shell.add(f"{match['name']}='", _at(cell, at))
        elif other := _ASSIGNED.match(line):
            shell.add(f"read {other[1]}\n", _at(cell, at))
        if match:
            shell.copy(cell, at + match.start("text"), at + match.end("text"))
            shell.add("'\n", _at(cell, stop))
        at = stop
