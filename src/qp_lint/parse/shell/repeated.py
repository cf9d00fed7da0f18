"""`xargs` and GNU `parallel`: commands made of one command and the words that follow for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qp_lint.parse.shell.state import Variables
from qp_lint.parse.shell.texts import Field, Options, Piece, Text, plain
from qp_lint.text import Span
from qp_lint.tree import Loop

if TYPE_CHECKING:
    from qp_lint.parse.shell.interpreter import Interpreter
    from qp_lint.parse.shell.state import State

# options that take a value of their own: xargs(1), parallel(1)
_XARGS = frozenset(
    ("-n", "-P", "-L", "-d", "-a", "-s", "-E", "--max-args", "--max-procs", "--max-lines", "--delimiter", "--arg-file")
)
_PARALLEL = frozenset(
    (
        *(
            "-j",
            "--jobs",
            "-a",
            "--arg-file",
            "--colsep",
            "-C",
            "--delay",
            "--joblog",
            "--results",
            "-S",
            "--sshlogin",
            "-N",
            "-n",
        ),
        *("-L", "--halt", "--tmpdir", "--timeout", "--retries", "--load", "--memfree", "--nice", "--env", "--wd", "--workdir"),
    )
)
_PLACEHOLDER = re.compile(r"\{(\d*)[^{}\s,]*\}")
_QUOTED = re.compile(r"[^\w@%+=:,./{}-]")
_VALUES = 16


def xargs(run: Interpreter, fields: Sequence[Field]) -> tuple[Text, State] | None:
    """The command of `xargs …` as a text, and the state to run it in; the words that xargs reads are not known."""
    index, mark = 0, ""
    while index < len(fields) and fields[index].head.startswith("-"):
        flag = fields[index].plain or ""
        if flag in ("-I", "--replace-str") and index + 1 < len(fields):
            mark = fields[index + 1].plain or ""
            index += 1
        elif flag.startswith("-I"):
            mark = flag[2:]
        elif flag in ("-i", "--replace"):
            mark = "{}"
        index += 2 if flag in _XARGS else 1
    command = fields[index:]
    if not command:
        return None
    words = [_replaced(field, re.compile(re.escape(mark))) if mark else list(field.text) for field in command]
    if not mark:
        words.append([Piece('"$@"', _end(command[-1]))])
    state = run.state.subshell()
    state.params = None
    return tuple(_joined([_safe(word) for word in words])), state


def parallel(run: Interpreter, fields: Sequence[Field]) -> tuple[Text, State] | None:
    """The command of `parallel … ::: a b` as a text, and the state in which its values are set; others are not known."""
    index = 0
    while index < len(fields) and fields[index].head.startswith("-"):
        index += 2 if fields[index].plain in _PARALLEL else 1
    names = [field.plain or "" for field in fields[index:]]
    start = next((at for at, name in enumerate(names) if name.startswith(":::")), len(names))
    command = fields[index : index + start]
    if not command:
        return None
    state = run.state.subshell()
    state.params = None
    variables = Variables(run.source, state, run.picks)
    number = 0
    for name, values in _lists(fields[index + start :]):
        number += 1
        if name == ":::" and 0 < len(values) <= _VALUES:
            place = Span(values[0].written.source, values[0].written.start, values[-1].written.end)
            shown = tuple(plain(value.text) or "?" for value in values)
            head = Loop(place.source, place.start, place.end, f"{{{number}}}", shown)
            texts = tuple(value.text for value in values)
            variables.set(f"_{number}", texts[0] if len(texts) == 1 else Options(head, texts), place)
    words = [_replaced(field, _PLACEHOLDER, number) for field in command]
    if not any(piece.text is None or _is_use(piece) for word in words for piece in word):
        place = _end(command[-1])
        words += [[Piece(f"$_{at}", place)] for at in range(1, number + 1)] or [[Piece('"$@"', place)]]
    return tuple(_joined(words)), state


def _lists(fields: Sequence[Field]) -> Iterator[tuple[str, list[Field]]]:
    """The lists of values behind `:::` and its relatives, each with the word that begins it."""
    current: tuple[str, list[Field]] | None = None
    for field in fields:
        if (field.plain or "").startswith(":::"):
            if current is not None:
                yield current
            current = (field.plain or "", [])
        elif current is not None:
            current[1].append(field)
    if current is not None:
        yield current


def _is_use(piece: Piece) -> bool:
    return piece.text is not None and re.fullmatch(r"\$_\d+", piece.text) is not None


def _replaced(field: Field, mark: re.Pattern[str], lists: int = 0) -> list[Piece]:
    """A word in which what matches stands for a value: that of the list it names, as it is; else one that is not known."""
    pieces: list[Piece] = []
    for piece in field.text:
        if piece.text is None:
            pieces.append(piece)
            continue
        at = 0
        for match in mark.finditer(piece.text):
            pieces += [piece.slice(at, match.start())] if match.start() > at else []
            number = int(match[1] or 1) if lists and re.fullmatch(r"\{\d{0,2}\}", match[0]) else 0
            text = f"$_{number}" if 0 < number <= lists else None
            pieces.append(Piece(text, piece.slice(match.start(), match.end()).own, piece.trail))
            at = match.end()
        pieces += [piece.slice(at, len(piece.text))] if at < len(piece.text) else []
    return pieces


def _safe(word: list[Piece]) -> list[Piece]:
    """A word that is read as one again: xargs starts its command without a shell."""
    texts = [piece.text for piece in word if piece.text is not None]
    if not any(map(_QUOTED.search, texts)) or texts == ['"$@"']:
        return word
    return [
        part
        for piece in word
        for part in (
            (Piece(quoted(piece.text), piece.own, piece.trail),)
            if piece.text is not None and _QUOTED.search(piece.text)
            else (piece,)
        )
    ]


def quoted(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def _joined(words: list[list[Piece]]) -> Iterator[Piece]:
    for number, word in enumerate(words):
        if number and word:
            place = word[0].own
            yield Piece(" ", Span(place.source, place.start, place.start))
        yield from word


def _end(field: Field) -> Span:
    return Span(field.written.source, field.written.end, field.written.end)
