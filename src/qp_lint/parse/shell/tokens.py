"""What shell text is made of: tokens, words and their parts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself; `end - start` differs from its length where an escape was resolved."""

    text: str
    start: int
    end: int
    plain: bool = False  # not quoted


@dataclass(frozen=True, slots=True)
class Variable:
    """`$NAME` or `${NAME…}`: `op` is "", `:-`, `-`, `:=`, `=`, `:+`, `+` (with `word`), or an array's
    subscript, `[0]`, `[@]` or `[@]:1` (`${NAME[@]:1}`)."""

    name: str
    start: int
    end: int
    quoted: bool
    op: str = ""
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """`$(…)`, arithmetic and other text whose value is not worked out."""

    start: int
    end: int
    quoted: bool


@dataclass(slots=True)
class Word:
    """One word as written; `name` is set for `NAME=…` (`plus` for `NAME+=…`, `items` for `NAME=(…)`)."""

    start: int
    end: int
    parts: list[Literal | Variable | Opaque] = field(default_factory=list)
    name: str = ""
    plus: bool = False
    items: list[Word] | None = None
    bare: str = ""  # the text when no part of it is quoted or expanded

    def is_assignment(self) -> bool:
        """Whether it has the form of an assignment."""
        return bool(self.name)


@dataclass(slots=True)
class Token:
    """A word, or an operator: `;` `&&` `(` newline …, and redirections (`op` begins with a sign), whose target follows."""

    start: int
    end: int
    op: str = ""
    word: Word | None = None
    body: HereDocument | None = None


@dataclass(slots=True)
class HereDocument:
    """The lines between `<<WORD` and `WORD`; `literal`: WORD was quoted, nothing in them is expanded."""

    delimiter: str
    literal: bool
    strip: bool
    start: int = 0
    end: int = 0
