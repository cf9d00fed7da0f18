"""The comments of Python, YAML, TOML and shell text: their places, told apart from `#` in strings.

Only files that hold a qp-lint directive come here, so thoroughness is worth more than speed.  Text that does not parse gives
the comments before the error.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator

from qp_lint.discover import Kind
from qp_lint.text import Source, Span

_TOML = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(#[^\r\n]*)', re.S)
_SHELL = re.compile(
    r"""\\.|'[^']*'|\$'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?<![^\s;|&()])(\#[^\r\n]*)|<<-?[ \t]*(["'\\]?)(\w+)\2?""", re.S
)
_LINE = re.compile(r"(?:^|(?<=[ \t]))#[^\r\n]*", re.M)


def comments(source: Source, kind: Kind) -> list[Span]:
    """The comments of a file, from `#` to the end of the line; of kinds that have none, none."""
    finder = _FINDERS.get(kind)
    return [Span(source, start, end) for start, end in finder(source)] if finder else []


def _python(source: Source) -> Iterator[tuple[int, int]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text, newline="").readline):
            if token.type == tokenize.COMMENT:
                start = source.offset(token.start[0], token.start[1] + 1)
                yield start, start + len(token.string)
    except (tokenize.TokenError, SyntaxError):
        return


def _yaml(source: Source) -> Iterator[tuple[int, int]]:
    """Every `#` after a space that lies in no scalar."""
    import yaml

    scalars: list[tuple[int, int]] = []
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for token in yaml.scan(source.text, Loader=loader):
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                if token.style in ("|", ">"):  # its first line holds no text, but perhaps a comment
                    start = source.offset(source.position(start).line + 1, 1)
                scalars.append((start, end))
        limit = len(source.text)
    except (yaml.YAMLError, ValueError, RecursionError):
        limit = scalars[-1][1] if scalars else 0
    index = 0
    for match in _LINE.finditer(source.text, 0, limit):
        while index < len(scalars) and scalars[index][1] <= match.start():
            index += 1
        if index == len(scalars) or match.start() < scalars[index][0]:
            yield match.span()


def _toml(source: Source) -> Iterator[tuple[int, int]]:
    return (match.span(1) for match in _TOML.finditer(source.text) if match[1])


def _shell(source: Source) -> Iterator[tuple[int, int]]:
    """Comments of the script; in a here-document, which may be a script or configuration, every line that is one."""
    text, index, bodies = source.text, 0, 0
    while (match := _SHELL.search(text, index)) is not None:
        index = max(match.end(), index + 1)
        if match[1]:
            yield match.span(1)
        elif match[3]:
            first = text.find("\n", index) + 1
            end = re.compile(rf"^\t*{match[3]}[ \t]*\r?$", re.M).search(text, first) if first else None
            if end is not None and first > bodies:
                bodies = end.end()
                yield from (m.span(1) for m in _SHELL.finditer(text, index, first) if m[1])
                yield from (m.span() for m in re.compile(r"(?<=[ \t\n])#[^\r\n]*").finditer(text, first, end.start()))
                index = bodies


_FINDERS: dict[Kind, Callable[[Source], Iterable[tuple[int, int]]]] = {
    Kind.PYTHON: _python,
    Kind.YAML: _yaml,
    Kind.TOML: _toml,
    Kind.SHELL: _shell,
    Kind.REQUIREMENTS: lambda source: (match.span() for match in _LINE.finditer(source.text)),
}
