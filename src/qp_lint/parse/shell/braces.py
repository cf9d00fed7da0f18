"""Brace expansion: `conf/{model,zero3}.yaml` is two words, `{1..3}` three."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from qp_lint.parse.shell.tokens import Literal, Opaque, Variable, Word

WORDS = 64  # that one word may become
_LENGTH = 4_096  # characters of a word that is looked at
_BRACES = 16
_RANGE = re.compile(r"(?:(-?\d{1,9})\.\.(-?\d{1,9})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d{1,9}))?")
Atom: TypeAlias = "Literal | Variable | Opaque"
"""A part of a word; of what is not quoted, one character."""


def expanded(word: Word) -> list[Word]:
    """The words that a word becomes; the word itself where it has no braces to expand, or too many."""
    text = "".join(part.text for part in word.parts if isinstance(part, Literal) and part.plain)
    if not 0 < text.count("{") <= _BRACES or "}" not in text or ("," not in text and ".." not in text) or len(text) > _LENGTH:
        return [word]
    atoms = list(_atoms(word))
    ways: list[list[Atom]] = []
    for way in _ways(atoms):
        ways.append(way)
        if len(ways) > WORDS:
            return [word]
    return [word] if ways == [atoms] else [Word(word.start, word.end, list(_joined(way))) for way in ways]


def _atoms(word: Word) -> Iterator[Atom]:
    for part in word.parts:
        if isinstance(part, Literal) and part.plain:
            yield from (Literal(char, part.start + at, part.start + at + 1, True) for at, char in enumerate(part.text))
        else:
            yield part


def _sign(atom: Atom) -> str:
    return atom.text if isinstance(atom, Literal) and atom.plain else ""


def _ways(atoms: list[Atom]) -> Iterator[list[Atom]]:
    """What the parts of a word may be, in the order in which a shell writes the words."""
    for start, atom in enumerate(atoms):
        if _sign(atom) == "{" and (options := _options(atoms, start)) is not None:
            stop, alternatives = options
            for alternative in alternatives:
                for inner in _ways(alternative):
                    for rest in _ways(atoms[stop:]):
                        yield [*atoms[:start], *inner, *rest]
            return
    yield atoms


def _options(atoms: list[Atom], start: int) -> tuple[int, list[list[Atom]]] | None:
    """What a brace offers, and where it ends; None where it closes nowhere or offers nothing."""
    depth, commas = 0, [start]
    for at in range(start, len(atoms)):
        sign = _sign(atoms[at])
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 1:
            commas.append(at)
        if depth == 0:
            if len(commas) > 1:
                return at + 1, [atoms[a + 1 : b] for a, b in zip(commas, [*commas[1:], at], strict=True)]
            steps = _RANGE.fullmatch("".join(map(_sign, atoms[start + 1 : at])))
            place = atoms[start].start, atoms[at].end
            return (at + 1, [[Literal(step, *place)] for step in _steps(steps)]) if steps is not None else None
    return None


def _steps(match: re.Match[str]) -> Iterator[str]:
    """The values of `1..9`, `01..09`, `a..e` and `0..8..2`, one more than `WORDS` at most."""
    letters = match[3] is not None
    first, last = (ord(match[3]), ord(match[4])) if letters else (int(match[1]), int(match[2]))
    step = max(abs(int(match[5] or 1)), 1)
    padded = not letters and any(re.match(r"-?0\d", end) for end in (match[1], match[2]))
    width = max(len(match[1]), len(match[2])) if padded else 0
    for number in range(WORDS + 1):
        value = first + (step if last >= first else -step) * number
        if value > max(first, last) or value < min(first, last):
            return
        yield chr(value) if letters else f"{value:0{width}d}"


def _joined(atoms: list[Atom]) -> Iterator[Atom]:
    """The parts of a word, with the characters that stand side by side together."""
    held: Literal | None = None
    for atom in atoms:
        if held is not None and isinstance(atom, Literal) and atom.plain and held.end == atom.start:
            held = Literal(held.text + atom.text, held.start, atom.end, True)
            continue
        if held is not None:
            yield held
        held = atom if isinstance(atom, Literal) and atom.plain else None
        if held is None:
            yield atom
    if held is not None:
        yield held
