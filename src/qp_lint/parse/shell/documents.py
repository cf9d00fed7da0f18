"""Texts inside a shell script: here-documents, and commands given as one word."""

from __future__ import annotations

from qp_lint.parse.shell.lexer import Lexer
from qp_lint.parse.shell.texts import Piece, Text
from qp_lint.parse.shell.tokens import HereDocument, Word
from qp_lint.parse.shell.values import Expander
from qp_lint.text import Source, Span, assembled, shifted


def literal(source: Source, body: HereDocument) -> Source:
    """A here-document of which nothing is expanded."""
    text = source.text[body.start : body.end]
    if not body.strip:
        return shifted(source, body.start, text)
    lines, at = [], body.start
    for line in text.splitlines(keepends=True):
        tabs = len(line) - len(line.lstrip("\t"))
        lines.append((at + tabs, line[tabs:]))
        at += len(line)
    return assembled(source, lines)


def expanded(source: Source, body: HereDocument, expander: Expander) -> Source | None:
    """A here-document with its variables expanded; what is not known stays as it is written.  None when it is too long."""
    text = text_of(source, body, expander)
    if any(piece.text is None and piece.own.end - piece.own.start == body.end - body.start for piece in text):
        return None
    return embedded(source, text, keep=True)


def text_of(source: Source, body: HereDocument, expander: Expander) -> Text:
    """The text of a here-document."""
    if body.literal and not body.strip:
        span = source.span(body.start, body.end)
        return expander.picks.charge((Piece(span.text, span),))
    word = Word(body.start, body.end)
    at = body.start
    while at < body.end:
        stop = source.text.find("\n", at, body.end) + 1 or body.end
        if body.strip:
            while at < stop and source.text[at] == "\t":
                at += 1
        word.parts += Lexer(source.text, at, stop).unquoted()
        at = stop
    return expander.text(word)


def embedded(source: Source, text: Text, keep: bool = False) -> Source:
    """A source made of pieces of `source`; what is not known becomes `$_` (`keep`: what is written where it is used)."""
    pieces: list[tuple[int, str]] = []
    for piece in text:
        place = _within(source, (piece.own, *reversed(piece.trail)))
        part = piece.text
        if part is None:
            place = _within(source, piece.trail or (piece.own,))
            part = place.text if keep else "$_"
        pieces.append((place.start, part))
    return assembled(source, pieces)


def _within(source: Source, places: tuple[Span, ...]) -> Span:
    """The first of `places` that lies in `source`."""
    return next((place for place in places if place.source is source), Span(source, 0, 0))
