"""Shell tokens to a tree of commands: lists, `if`, loops, `case`, groups and functions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from qp_lint.parse import ParseError
from qp_lint.parse.shell.tokens import HereDocument, Token, Word

DEPTH = 100


@dataclass(slots=True)
class Redirect:
    """A redirection: `op` as written without its number, `target` (None for a here-document, which has `body`)."""

    op: str
    target: Word | None = None
    body: HereDocument | None = None


@dataclass(slots=True)
class Simple:
    """Assignments, words and redirections of one simple command."""

    start: int
    end: int
    assigns: list[Word] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class If:
    """`if`: (condition, body) pairs, and the body of `else` if there is one; `start` and `end` enclose the first condition."""

    start: int
    end: int
    arms: list[tuple[list[Item], list[Item]]]
    otherwise: list[Item] | None = None


@dataclass(slots=True)
class For:
    """`for name in words`; `words` is None for `"$@"`; `start` and `end` enclose the head."""

    start: int
    end: int
    name: str
    words: list[Word] | None
    body: list[Item]


@dataclass(slots=True)
class While:
    """`while` and `until`; `start` and `end` enclose the condition."""

    start: int
    end: int
    condition: list[Item]
    body: list[Item]


@dataclass(slots=True)
class Case:
    """`case word in`: one body an arm, with its `patterns`; `total`: the last pattern is `*`."""

    start: int
    end: int
    arms: list[list[Item]]
    total: bool
    word: Word | None = None
    patterns: list[list[Word]] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """`{ … }`, or `( … )` in a subshell."""

    start: int
    end: int
    body: list[Item]
    subshell: bool
    redirects: list[Redirect] = field(default_factory=list)


@dataclass(slots=True)
class Function:
    """A function's definition."""

    start: int
    end: int
    name: str
    body: list[Item]


Statement: TypeAlias = "Simple | If | For | While | Case | Group | Function"


@dataclass(slots=True)
class Item:
    """A statement and the operator before it: `;`, `&&`, `||` or `|`; `negated`: there is a `!` in front."""

    op: str
    node: Statement
    negated: bool = False


_OPENERS = frozenset(("if", "for", "select", "while", "until", "case", "{", "function"))
_CLOSERS = frozenset(("then", "elif", "else", "fi", "do", "done", "esac", "}"))
_NAME = re.compile(r"[^\s$'\"\\=]+")


class Parser:
    """Reads a list of tokens, whatever they are; only nesting beyond `DEPTH` is refused (ParseError)."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def script(self) -> list[Item]:
        """All statements; closing words that nothing opened are passed over."""
        items = self.items()
        while self.at < len(self.tokens):
            self.at += 1
            items += self.items()
        return items

    def peek(self) -> Token | None:
        """The next token."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def bare(self) -> str:
        """The keyword or plain word here, empty for anything else."""
        token = self.peek()
        return token.word.bare if token and token.word else ""

    def place(self) -> int:
        """Where the next token begins."""
        token = self.peek()
        return token.start if token else self.last()

    def last(self) -> int:
        """Where the token before ends."""
        return self.tokens[min(self.at, len(self.tokens)) - 1].end if self.at and self.tokens else 0

    def skip(self, *ops: str) -> None:
        """Pass over these operators."""
        while (token := self.peek()) is not None and token.op in ops:
            self.at += 1

    def take(self, word: str) -> bool:
        """Pass over a keyword, if it stands here."""
        if self.bare() == word:
            self.at += 1
            return True
        return False

    def items(self) -> list[Item]:
        """Statements up to a closing word, `)` or `;;` (whatever opened it), which is left standing."""
        self.depth += 1
        if self.depth > DEPTH:
            raise ParseError(f"nested more than {DEPTH} levels deep", self.place())
        found: list[Item] = []
        op, negated = ";", False
        while (token := self.peek()) is not None:
            if token.op in (")", ";;", ";&", ";;&") or (token.word and token.word.bare in _CLOSERS):
                break
            if token.op in (";", "&", "\n", "&&", "||", "|", "|&"):
                if token.op != "\n" or op not in ("&&", "||", "|"):
                    op = {"&": ";", "\n": ";", "|&": "|"}.get(token.op, token.op)
                self.at += 1
                continue
            if self.bare() in ("!", "time"):
                negated ^= self.bare() == "!"
                self.at += 1
                continue
            node = self.statement(token)
            found.append(Item(op, node, negated))
            op, negated = ";", False
        self.depth -= 1
        return found

    def statement(self, token: Token) -> Statement:
        """One statement; always moves forward."""
        bare = self.bare()
        if token.op == "(":
            return self.group(")", True)
        if bare in _OPENERS:
            self.at += 1
            if bare == "if":
                return self.if_()
            if bare in ("for", "select"):
                return self.for_(token.start)
            if bare in ("while", "until"):
                return self.while_()
            if bare == "case":
                return self.case(token.start)
            if bare == "function":
                return self.function(token.start)
            self.at -= 1
            return self.group("}", False)
        following = self.tokens[self.at + 1 : self.at + 3]
        if token.word and [t.op for t in following] == ["(", ")"] and _NAME.fullmatch(bare):
            return self.function(token.start)
        return self.simple(token.start)

    def simple(self, start: int) -> Simple:
        """Words up to the next operator."""
        command = Simple(start, start)
        while (token := self.peek()) is not None:
            if token.word is not None:
                into = command.assigns if token.word.is_assignment() and not command.words else command.words
                into.append(token.word)
                self.at += 1
            elif token.op and token.op[0] in "<>&" and token.op not in ("&", "&&"):
                command.redirects.append(self.redirect(token))
            elif token.op == "(" and command.words:  # odd: not a function, not a subshell
                self.at += 1
            else:
                break
        command.end = max(self.last(), start)
        if command.end == start:
            self.at += 1
        return command

    def redirect(self, token: Token) -> Redirect:
        """A redirection and its target."""
        self.at += 1
        target = self.peek()
        if token.body is not None or target is None or target.word is None:
            return Redirect(token.op, None, token.body)
        self.at += 1
        return Redirect(token.op, target.word)

    def if_(self) -> If:
        """After `if`."""
        arms: list[tuple[list[Item], list[Item]]] = []
        first = self.place()
        node = If(first, first, arms)
        while True:
            condition = self.items()
            if not arms:
                node.end = condition[-1].node.end if condition else first
            self.take("then")
            arms.append((condition, self.items()))
            if not self.take("elif"):
                break
        if self.take("else"):
            node.otherwise = self.items()
        self.take("fi")
        self.redirects()
        return node

    def for_(self, start: int) -> For:
        """After `for`."""
        token = self.peek()
        name = token.word.bare if token and token.word else ""
        self.at += 1
        words: list[Word] | None = None
        if token and token.word and name == "((":
            words = [Word(token.start, token.end, token.word.parts)]  # of which nothing is known
        self.skip("\n")
        if self.take("in"):
            words = []
            while (token := self.peek()) is not None and token.word is not None:
                words.append(token.word)
                self.at += 1
        end = self.last()
        self.skip(";", "\n")
        return For(start, end, name, words, self.loop())

    def while_(self) -> While:
        """After `while`."""
        start = self.place()
        condition = self.items()
        return While(start, condition[-1].node.end if condition else start, condition, self.loop())

    def loop(self) -> list[Item]:
        """`do … done`, or the `{ … }` that some write."""
        closing = "done" if self.take("do") else "}" if self.take("{") else ""
        if not closing:
            return []
        body = self.items()
        self.take(closing)
        self.redirects()
        return body

    def case(self, start: int) -> Case:
        """After `case`."""
        token = self.peek()
        word = token.word if token else None
        self.at += 1
        self.skip("\n")
        end = self.last()
        self.take("in")
        arms: list[list[Item]] = []
        patterns: list[list[Word]] = []
        total = False
        self.skip("\n", ";")
        while self.peek() is not None and not self.take("esac"):
            before = self.at
            patterns.append(self.pattern())
            total = total or any(word.bare == "*" for word in patterns[-1])
            arms.append(self.items())
            self.skip("\n", ";", ";;", ";&", ";;&")
            if self.at == before:
                self.at += 1
        return Case(start, end, arms, total, word, patterns)

    def pattern(self) -> list[Word]:
        """The words of `a | b)`."""
        words = []
        self.skip("(")
        while (token := self.peek()) is not None and (token.word is not None or token.op == "|"):
            words += [token.word] if token.word is not None else []
            self.at += 1
        self.skip(")")
        return words

    def group(self, closing: str, subshell: bool) -> Group:
        """`{ … }` or `( … )`."""
        start = self.place()
        self.at += 1
        body = self.items()
        token = self.peek()
        if token is not None and (token.op == closing or self.bare() == closing):
            self.at += 1
        end = self.last()
        return Group(start, end, body, subshell, self.redirects())

    def redirects(self) -> list[Redirect]:
        """The redirections after a closing word."""
        found = []
        while (token := self.peek()) is not None and token.op and token.op[0] in "<>&" and token.op not in ("&", "&&"):
            found.append(self.redirect(token))
        return found

    def function(self, start: int) -> Function:
        """A function, from its name on."""
        name = self.bare()
        self.at += 1
        self.skip("(", ")", "\n")
        token = self.peek()
        if token is None:
            return Function(start, self.last(), name, [])
        self.depth += 1
        if self.depth > DEPTH:
            raise ParseError(f"nested more than {DEPTH} levels deep", token.start)
        body = self.statement(token)
        self.depth -= 1
        return Function(start, self.last(), name, body.body if isinstance(body, Group) else [Item(";", body)])
