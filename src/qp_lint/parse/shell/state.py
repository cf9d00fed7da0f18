"""What is known of a shell's variables, exports and directory at one point of a script."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from qp_lint.parse.shell.braces import expanded
from qp_lint.parse.shell.texts import Array, Field, Options, Piece, Text, Value
from qp_lint.parse.shell.tokens import Word
from qp_lint.parse.shell.values import Expander, Picks, joined, node, prefix_length
from qp_lint.text import Source, Span
from qp_lint.tree import Choice, Node, Scalar, Unknown

_EXPORTS = 256
_ELEMENTS = 1024
_WIDE = 64  # values that a variable may have, by the branches behind it
_PATH = 4096  # characters


@dataclass(slots=True)
class State:
    """`params`: the positional parameters; `dead`: the word (`exit`, …) because of which this point is not reached.

    `touched`: the variables written since the last copy.
    """

    vars: dict[str, Value | None] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    directory: str | None = ""
    params: tuple[Text | None, ...] | None = None
    dead: str = ""
    touched: set[str] = field(default_factory=set)

    def copy(self) -> State:
        """A copy to go another way with."""
        return State(dict(self.vars), dict(self.places), set(self.exported), self.directory, self.params, self.dead)

    def subshell(self) -> State:
        """What a program started here inherits."""
        values = {name: self.vars.get(name) for name in self.exported}
        return State(values, dict(self.places), set(self.exported), self.directory)

    def change(self, target: str | None) -> None:
        """`cd target`; None when it is not known."""
        if target is None or target.startswith(("~", "-")) or "\0" in target:
            self.directory = None
        elif target.startswith("/"):
            self.directory = posixpath.normpath(target)
        elif self.directory is not None:
            path = posixpath.normpath(posixpath.join(self.directory, target))
            self.directory = "" if path == "." else path if len(path) < _PATH else None


def value_of(node: Node, place: Span) -> Text | None:
    """The text of a word of the tree that is written at `place`, None when it is not known."""
    return (Piece(node.value, place),) if isinstance(node, Scalar) and isinstance(node.value, str) else None


def merged_state(before: State, ends: list[State], place: Span) -> State:
    """The state after an undecided branch at `place`, whose sides began as copies of `before` and led to `ends`.

    A variable that differs has one value for each side.
    """
    touched = {name for end in ends for name in end.touched}
    alive = [end for end in ends if not end.dead]
    if not alive:
        ends[-1].touched = before.touched | touched
        return ends[-1]
    result = alive[0].copy()
    result.touched = before.touched | touched
    for end in alive[1:]:
        result.exported |= end.exported
        if end.directory != result.directory:
            result.directory = None
        if end.params != result.params:
            result.params = None
    for name in touched:
        places = (end.places[name] for end in alive if name in end.places)
        if place_of := next(places, None):
            result.places[name] = place_of
        values = [(alive[0] if end.dead else end).vars.get(name) for end in ends]
        if any(value is not values[0] for value in values):
            merged = Options(place, tuple(values))
            result.vars[name] = (Piece(None, place),) if merged.exceeds(_WIDE) else merged
    return result


class Variables:
    """Reads and writes the variables of the present state."""

    def __init__(self, source: Source, state: State, picks: Picks) -> None:
        self.source = source
        self.state = state
        self.picks = picks
        self.expander = Expander(source, self.lookup, self.set, picks)
        self.export_all = False  # `set -a`
        self._env: dict[str, Node] | None = None
        self._settled: dict[Span, int] = {}  # the sides for which that holds
        self._nodes: dict[str, tuple[Value | None, Node]] = {}  # of exported variables

    def enter(self, state: State) -> None:
        """Go on with another state."""
        self.state = state
        self._env = None

    def lookup(self, name: str) -> Value | None:
        """The value of a variable or positional parameter; None when it was never set or is not known."""
        params = self.state.params
        if name in ("@", "*"):
            return None if params is None else Array(params)
        if not name.isdecimal():
            return self.state.vars.get(name)
        if params is None or name == "0" or len(name) > 4:
            return None
        return params[int(name) - 1] if int(name) <= len(params) else ()

    def set(self, name: str, value: Value | None, place: Span | None = None) -> None:
        """Give a variable a value (None: not known), written at `place`."""
        name, subscript, _ = name.partition("[")
        self.state.vars[name] = Array((None,)) if subscript else value
        self.state.touched.add(name)
        if self.export_all:
            self.state.exported.add(name)
        if place is not None:
            self.state.places[name] = place
        self._env = None

    def inherit(self, name: str, node: Node) -> None:
        """Take over an environment variable."""
        place = node.span or self.source.span(0, 0)
        self.set(name, value_of(node, place), place)
        self.export(name)

    def restore(self, before: State) -> None:
        """Put back the texts that variables had, which a script that is started without arguments keeps."""
        for name in sorted(self.state.touched & before.vars.keys()):
            value = before.vars[name]
            if value is not None and value != () and not isinstance(value, Array):
                self.set(name, value, before.places.get(name))

    def unset(self, name: str) -> None:
        """`unset name`."""
        self.set(name, ())
        self.state.exported.discard(name)

    def export(self, name: str) -> None:
        """`export name`."""
        self.state.exported.add(name)
        self._env = None

    def assign(self, word: Word) -> None:
        """`NAME=value`, `NAME+=value`, `NAME=(a b)`."""
        if word.items is not None:
            old = self.state.vars.get(word.name) if word.plus else Array(())
            self.set(word.name, _appended(old, self.elements(word.items)), self.source.span(word.start, word.end))
            return
        value: Value | None = self.value(word)
        if word.plus and value is not None:
            value = self.extended(word.name, value)
        self.set(word.name, value, self.place(word))

    def place(self, word: Word) -> Span:
        """Where the value of an assignment is written."""
        return self.source.span(min(word.start + prefix_length(word), word.end), word.end)

    def value(self, word: Word) -> Value:
        """The value of an assignment."""
        return joined(self.picks.ways(lambda: self.expander.text(word)))

    def extended(self, name: str, value: Value) -> Value:
        """`NAME+=value` of a text; not known when the old one is an array or not known."""

        def both() -> Text:
            old, new = self.picks.resolve(self.state.vars.get(name)), self.picks.resolve(value)
            if not isinstance(old, tuple) or not isinstance(new, tuple):
                return (Piece(None, self.state.places.get(name, self.source.span(0, 0))),)
            return self.picks.charge(old + new)

        return joined(self.picks.ways(both))

    def fields(self, words: list[Word]) -> list[Field]:
        """The words that `words` become on the way that is being taken."""
        found: list[Field] = []
        for word in words:
            if word.bare and not word.name and "{" not in word.bare:  # most words
                place = self.source.span(word.start, word.end)
                found.append(Field((Piece(word.bare, place),), place))
            else:
                found += [field for each in (expanded(word) if not word.name else [word]) for field in self.expander.fields(each)]
        return found

    def elements(self, words: list[Word]) -> tuple[Text | None, ...]:
        """The elements of an array; None for any number of them."""
        ways = self.picks.ways(lambda: self.fields(words))
        if len(ways) > 1:
            return (None,)
        return tuple(None if field.many else field.text for field in ways[0][1])

    def loop(self, words: list[Word] | None, limit: int) -> list[Text] | None:
        """The texts that a loop goes through; None when they are not known or more than `limit`."""
        if words is None:
            texts = self.state.params
        else:
            ways = self.picks.ways(lambda: self.fields(words))
            if len(ways) > 1 or any(set("*?[{") & set(field.plain or "*") for field in ways[0][1]):
                return None
            texts = tuple(field.text for field in ways[0][1])
        if texts is None or len(texts) > limit:
            return None
        known = [text for text in texts if text is not None]
        return known if len(known) == len(texts) else None

    def env(self) -> dict[str, Node]:
        """The exported variables, the first 256 by name."""
        if self._env is None or self._settled != self.picks.pinned:
            self._env, self._settled = {}, dict(self.picks.pinned)
            for name in sorted(self.state.exported)[:_EXPORTS]:
                value = self.state.vars.get(name)
                if name not in self._nodes or self._nodes[name][0] is not value:
                    self._nodes[name] = (value, self.node(value, self.state.places.get(name)))
                self._env[name] = self.picks.settled(self._nodes[name][1])
        return self._env

    def prefix(self, word: Word) -> Node:
        """The value of `NAME=value` before a command."""
        return self.node(None if word.items is not None else self.value(word), self.place(word))

    def node(self, value: Value | None, place: Span | None) -> Node:
        """The tree's node of a value written at `place`."""
        if isinstance(value, Options):
            return Choice(tuple(self.node(option, place) for option in value.values), value.branch, span=place)
        if isinstance(value, tuple):
            return node(Field(value, place or self.source.span(0, 0)))
        return Unknown(span=place)


def _appended(old: Value | None, items: tuple[Text | None, ...]) -> Value:
    """An array with more elements."""
    if isinstance(old, Options):
        return Options(old.branch, tuple(_appended(value, items) for value in old.values))
    first = old.items if isinstance(old, Array) else (None,) if old is None else (old,)
    if len(first) + len(items) > _ELEMENTS:
        return Array((None,))
    return Array(first + items)
