"""How words with variables in them expand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from qp_lint import tree
from qp_lint.parse.shell.arithmetic import arithmetic
from qp_lint.parse.shell.lexer import Lexer
from qp_lint.parse.shell.substitution import PLACES, output
from qp_lint.parse.shell.texts import Array, Field, Options, Piece, Text, Value, plain
from qp_lint.parse.shell.tokens import Literal, Opaque, Variable, Word
from qp_lint.text import Source, Span
from qp_lint.tree import ANY_WORDS, Arm, Choice, Loop, Node, Scalar, Unknown

T = TypeVar("T")

WAYS = 16  # combinations of branches that are told apart
_LENGTH = 64 * 1024  # characters of one value
_PIECES = 2048
_BUDGET = 2_000_000  # characters that the variables of one script may expand to, a piece counting as 16
_NESTED = 16  # dollar signs in an arithmetic expression
_GAP = re.compile(r"[ \t\r\n]+")


def node(field: Field) -> Node:
    """The tree's node of a word: its span is where a user would change it."""
    span, via = _place(field)
    value = field.plain
    if value is None:
        return Unknown(hint=ANY_WORDS if field.many else field.head, span=span, via=via)
    return Scalar(value, value, span=span, via=via)


def _place(field: Field) -> tuple[Span, tuple[Span, ...]]:
    """The place of a word and the places that lead there.

    When all of it came through the same variable, it is where that variable's text is written; else it is the word.
    """
    pieces = field.text
    shared = _shared([piece.trail for piece in pieces])
    depth = len(shared)
    deeper = dict.fromkeys(piece.own for piece in pieces if len(piece.trail) > depth)
    if depth == 0:
        return field.written, tuple(deeper)[:4]
    places = [piece.trail[depth] if len(piece.trail) > depth else piece.own for piece in pieces]
    same = [place for place in places if place.source is places[0].source]
    span = Span(places[0].source, min(place.start for place in same), max(place.end for place in same))
    return span, (*reversed(shared), *list(deeper)[:4])


def _shared(trails: list[tuple[Span, ...]]) -> tuple[Span, ...]:
    """What all trails begin with."""
    first = min(trails, key=len, default=())
    depth = next((i for i, place in enumerate(first) if any(trail[i] != place for trail in trails)), len(first))
    return first[:depth]


class Expander:
    """Expands words with what `lookup` knows of variables (None: never set) and `assign` for `${NAME:=…}`."""

    def __init__(
        self, source: Source, lookup: Callable[[str], Value | None], assign: Callable[[str, Text], None], picks: Picks
    ) -> None:
        self.source = source
        self.lookup = lookup
        self.assign = assign
        self.picks = picks

    def fields(self, word: Word) -> list[Field]:
        """The words that a word becomes."""
        builder = _Splitter(self.source.span(word.start, word.end))
        if word.is_assignment():
            builder.add((Piece(self.source.text[word.start : word.start + prefix_length(word)], self._head(word)),), False)
            for item in word.items or ():
                builder.add((Piece(None, self.source.span(item.start, item.end)),), False)
        self.walk(word, builder)
        return builder.done()

    def text(self, word: Word) -> Text:
        """The text that a word becomes where nothing is split: the value of an assignment."""
        builder = _Splitter(self.source.span(word.start, word.end), whole=True)
        self.walk(word, builder)
        return self.picks.charge(tuple(piece for field in builder.done() for piece in field.text))

    def _head(self, word: Word) -> Span:
        return self.source.span(word.start, word.start + prefix_length(word))

    def walk(self, word: Word, builder: _Splitter, quoted: bool = True) -> None:
        """Put the parts of a word into `builder`; those that are not `quoted` are split."""
        for part in word.parts:
            span = self.source.span(part.start, part.end)
            if isinstance(part, Literal):
                builder.add((Piece(part.text, span),) if part.text else (), not quoted)
            elif isinstance(part, Opaque):
                known = self.substituted(part, span.text)
                builder.unknown(span) if known is None else builder.add((Piece(known, span),), False)
            else:
                self.variable(part, span, builder)

    def substituted(self, part: Opaque, text: str) -> str | None:
        """What `$(…)`, `…` in backticks or `$((…))` gives, None when that is not known."""
        if text.startswith("`") and "\\" not in text:
            text = f"$({text[1:-1]})"
        if not text.startswith("$(("):
            return output(text) if text.startswith("$(") else None
        if not text.endswith("))") or text.count("$") > _NESTED:
            return None
        inside = Word(part.start + 3, part.end - 2)
        inside.parts = Lexer(self.source.text, inside.start, inside.end).unquoted()
        expression = plain(self.text(inside))
        value = None if expression is None else arithmetic(expression, self.number)
        return None if value is None else str(value)

    def number(self, name: str) -> int | None:
        """The whole number that a variable holds, None when it is not known to hold one."""
        found = plain(_single(self.picks.resolve(self.lookup(name)), "") or ())
        return int(found) if found and found.isascii() and found.isdecimal() and len(found) < 19 else None

    def variable(self, part: Variable, span: Span, builder: _Splitter) -> None:
        """What a variable puts into a word."""
        value = self.picks.resolve(self.lookup(part.name))
        if part.op.startswith(("[@]", "[*]")) or part.name in ("@", "*"):
            self.every(value, part, span, builder)
            return
        text = _single(value, part.op)
        if text is None and part.name in PLACES:
            text = (Piece(".", span),)
        empty = text is None or text == ()
        if part.word is not None and part.op[-1] == "+":
            if text is None:
                builder.unknown(span)
            elif not (empty and part.op[0] == ":"):
                self.walk(part.word, builder, part.quoted)
            return
        if part.word is not None and (text is None or (empty and part.op[0] == ":")):
            if part.op[-1] == "=":
                self.assign(part.name, self.text(part.word))
            if part.op[-1] != "?":
                self.walk(part.word, builder, part.quoted)
                return
        if text is None:
            builder.unknown(span)
        else:
            if self.picks.asked is not None:
                self.picks.asked += [piece.own for piece in text[:1]]
            builder.add(self.picks.charge(tuple(piece.used(span) for piece in text)), not part.quoted)

    def every(self, value: Value | None, part: Variable, span: Span, builder: _Splitter) -> None:
        """`"${NAME[@]}"` and `"$@"`: each element a word of its own."""
        if not isinstance(value, Array):
            if isinstance(value, tuple):
                builder.add(self.picks.charge(tuple(piece.used(span) for piece in value)), not part.quoted)
            else:
                builder.many(span)
            return
        skipped = int(part.op[4:] or 0)
        if None in value.items[:skipped] or self.picks.budget < 0:
            builder.many(span)
            return
        items = value.items[max(skipped - (part.name in ("@", "*")), 0) :]
        for number, item in enumerate(items):
            if number:
                builder.next()
            if item is None:
                builder.many(span)
            else:
                builder.add(self.picks.charge(tuple(piece.used(span) for piece in item)), not part.quoted)
        if not items:
            builder.nothing()


def _single(value: Value | None, op: str) -> Text | None:
    """The text that `$NAME` or `${NAME[i]}` gives: of an array the first element."""
    subscript = op if op.startswith("[") else ""
    if isinstance(value, Array):
        inner = subscript[1:-1] if subscript else "0"
        index = int(inner) if inner.isdecimal() and len(inner) < 6 else -1
        if any(item is None for item in value.items[: index + 1]) or index < 0:
            return None
        return value.items[index] if index < len(value.items) else ()
    return value if isinstance(value, tuple) and not subscript else None


def prefix_length(word: Word) -> int:
    """The length of `NAME=` or `NAME+=`."""
    return len(word.name) + (2 if word.plus else 1)


class _Splitter:
    """Collects pieces into words; `whole`: nothing is split."""

    def __init__(self, written: Span, whole: bool = False) -> None:
        self.written = written
        self.whole = whole
        self.found: list[Field] = []
        self.pieces: list[Piece] = []
        self.begun = False
        self.void = False

    def add(self, text: Text, split: bool) -> None:
        """Append a text; where `split`, white space in it ends words."""
        if not split or self.whole:
            self.pieces += text
            self.begun = True
            return
        for piece in text:
            if piece.text is None:
                self.unknown(piece.own, piece)
                continue
            at = 0
            for gap in _GAP.finditer(piece.text):
                self.put(piece, at, gap.start())
                self.next()
                at = gap.end()
            self.put(piece, at, len(piece.text))

    def put(self, piece: Piece, start: int, end: int) -> None:
        if end > start:
            self.pieces.append(piece if (start, end) == (0, len(piece.text or "")) else piece.slice(start, end))
            self.begun = True

    def unknown(self, span: Span, piece: Piece | None = None) -> None:
        """A part that is not known."""
        self.pieces.append(piece or Piece(None, span))
        self.begun = True

    def many(self, span: Span) -> None:
        """Any number of words."""
        if self.whole or self.pieces:
            self.unknown(span)
            return
        self.found.append(Field((Piece(None, span),), self.written, many=True))
        self.begun = False

    def nothing(self) -> None:
        """An empty `"${NAME[@]}"` gives no word, although it is quoted."""
        self.void = True

    def next(self) -> None:
        """End the present word, if there is one."""
        if self.begun:
            self.found.append(Field(tuple(self.pieces), self.written))
        self.pieces, self.begun = [], False

    def done(self) -> list[Field]:
        """The words."""
        if self.void and not self.pieces:
            self.begun = False
        self.next()
        return self.found


class Picks:
    """Which side of each undecided branch is taken, and how much may still be expanded."""

    def __init__(self) -> None:
        self.taken: dict[Span, tuple[int, int]] = {}  # branch: (side, number of sides)
        self.plan: tuple[int, ...] = ()
        self.pinned: dict[Span, int] = {}  # sides that are settled where the script stands: an arm of an `if`
        self.blur = False  # too many branches: their values count as not known
        self.budget = _BUDGET
        self.asked: list[Span] | None = None  # where the values of variables are written that a condition asks for

    @contextmanager
    def pin(self, taken: Mapping[Span, tuple[int, int]]) -> Iterator[None]:
        """While inside, the sides that were taken on one way are settled."""
        self.pinned.update({branch: side for branch, (side, _) in taken.items()})
        try:
            yield
        finally:
            for branch in taken:
                del self.pinned[branch]

    def turns(self) -> tuple[Arm, ...]:
        """The turns of loops that are settled."""
        found = [(head, side) for head, side in self.pinned.items() if isinstance(head, Loop)]
        return tuple(Arm(head, side, len(head.values)) for head, side in found)

    def settled(self, node: Node) -> Node:
        """A node of the tree on the sides that are settled."""
        while isinstance(node, Choice) and node.branch in self.pinned:
            node = node.options[min(self.pinned[node.branch], len(node.options) - 1)]
        return node

    def resolve(self, value: Value | None) -> Text | Array | None:
        """The value on the sides taken."""
        while isinstance(value, Options):
            if value.branch in self.pinned:
                value = value.values[min(self.pinned[value.branch], len(value.values) - 1)]
                continue
            if self.blur:
                return None
            if value.branch not in self.taken:
                met = len(self.taken)
                self.taken[value.branch] = (self.plan[met] if met < len(self.plan) else 0, len(value.values))
            value = value.values[min(self.taken[value.branch][0], len(value.values) - 1)]
        return value

    def charge(self, text: Text) -> Text:
        """The text, or an unknown one when it is too long or too much was expanded."""
        length = sum(len(piece.text or "") for piece in text)
        self.budget -= length + 16 * len(text)
        if text and (length > _LENGTH or len(text) > _PIECES or self.budget < 0):
            return (Piece(None, text[0].own, text[0].trail),)
        return text

    def ways(self, compute: Callable[[], T]) -> list[tuple[dict[Span, tuple[int, int]], T]]:
        """What `compute` gives on every way through the branches it meets; one blurred result when they are too many."""
        results: list[tuple[dict[Span, tuple[int, int]], T]] = []
        plan: tuple[int, ...] | None = ()
        while plan is not None and len(results) < WAYS:
            self.taken, self.plan = {}, plan
            result = compute()
            results.append((self.taken, result))
            sides = list(self.taken.values())
            while sides and sides[-1][0] + 1 >= sides[-1][1]:
                sides.pop()
            plan = (*(side for side, _ in sides[:-1]), sides[-1][0] + 1) if sides else None
        if plan is not None:
            self.taken, self.plan, self.blur = {}, (), True
            results = [({}, compute())]
            self.blur = False
        self.taken, self.plan = {}, ()
        return results


def joined(results: list[tuple[dict[Span, tuple[int, int]], Text]]) -> Value:
    """The value of an assignment that was computed on several ways."""
    if len(results) == 1:
        return results[0][1]
    branch = next(iter(results[0][0]))
    sides = results[0][0][branch][1]
    groups: list[list[tuple[dict[Span, tuple[int, int]], Text]]] = [[] for _ in range(sides)]
    for taken, text in results:
        rest = {span: side for span, side in taken.items() if span != branch}
        groups[taken[branch][0]].append((rest, text))
    return Options(branch, tuple(joined(group) if group else None for group in groups))


def merged(results: list[tuple[dict[Span, tuple[int, int]], Field]]) -> Node:
    """The node of a word that was expanded on several ways: a Choice by branch where one branch decides it."""
    fields = [field for _, field in results]
    if all(field == fields[0] for field in fields):
        return node(fields[0])
    for branch, (_, sides) in results[0][0].items():
        options: list[Field | None] = [None] * sides
        for taken, field in results:
            side = taken[branch][0] if branch in taken else -1
            if side < 0 or (options[side] is not None and options[side] != field):
                break
            options[side] = field
        else:
            known = [option for option in options if option is not None]
            if len(known) == sides:
                return Choice(tuple(node(option) for option in known), branch, span=fields[0].written)
    return tree.choice([node(field) for field in fields], span=fields[0].written)
