"""Shell text to tokens: words with their quotes, variables and substitutions, operators, here-documents.

Everything that is not understood becomes an `Opaque` part; nothing here fails on odd text.  Every step moves forward and
a search for a missing closing quote or bracket is only repeated a few times, so the cost is linear.
"""

from __future__ import annotations

import re

from qp_lint.parse import ParseError
from qp_lint.parse.shell.tokens import HereDocument, Literal, Opaque, Token, Variable, Word

MAX_TOKENS = 400_000
_MISSES = 20  # searches for a closing quote or bracket that may run to the end of the file in vain
_NESTED = 8  # `${A:-${B:-…}}`


_BLANK = re.compile(r"(?:[ \t\r\f\v\u00a0]+|\\\r?\n)+")
_REDIRECT = re.compile(r"(?:\d+|\{\w+\})?(?:<<<|<<-?|<>|<&|>&|>>|>\||<(?!\()|>(?!\())|&>>?")
_OPERATOR = re.compile(r"\r?\n|&&|\|\||;;&|;&|;;|;|\|&|\||&|\(|\)")
_PLAIN = re.compile(r"[^\s'\"\\$`;&|<>()]+")
_QUOTED = re.compile(r"[^\"\\$`]+")
_INNER = re.compile(r"[^'\"\\$`]+")
_HERE = re.compile(r"[^\\$`]+")
_ASSIGN = re.compile(r"([A-Za-z_]\w*)(\[[^\]\s]*\])?(\+?)=")
_BRACED = re.compile(r"\$\{([A-Za-z_]\w*|[0-9]+|[@*])(\[[^\]}]*\])?(:?[-=+])?")
_SLICE = re.compile(r"\$\{(?:([@*])|([A-Za-z_]\w*)\[[@*]\]):([0-9]{1,4})\}")
_SIMPLE = re.compile(r"\$([A-Za-z_]\w*|[0-9@*])")
_TEST_END = re.compile(r"[ \t\r\n]\]\](?=[\s;&|)]|$)")
_NEST = re.compile(r"\\.|'[^']*'|\$?\(|\$\{|[\"`)}({]", re.S)
_ANSI_PART = re.compile(r"[^'\\]+|\\.", re.S)
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.S)
_ANSI_NAMES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


class Lexer:
    """Reads `text` from `at` to `end`."""

    def __init__(self, text: str, at: int = 0, end: int | None = None, depth: int = 0) -> None:
        self.text = text
        self.at = at
        self.end = len(text) if end is None else end
        self.depth = depth
        self.misses = 0
        self.unclosed: int | None = None  # where the first quote opens that nothing closes
        self.comments: list[tuple[int, int]] = []
        self.pending: list[HereDocument] = []

    def tokens(self) -> list[Token]:
        """All tokens; comments are left out and kept in `comments`.  Raises ParseError when there are too many."""
        found: list[Token] = []
        while (token := self.token()) is not None:
            found.append(token)
            if len(found) > MAX_TOKENS:
                raise ParseError(f"more than {MAX_TOKENS:,} words and operators", token.start)
            if token.op in ("<<", "<<-"):
                self.here(token)
            elif token.op == "\n":
                self.bodies()
        return found

    def token(self) -> Token | None:
        """The next token, None at the end."""
        self.blank()
        if self.at < self.end and self.text[self.at] == "#":
            stop = self.line_end(self.at)
            self.comments.append((self.at, stop))
            self.at = stop
        start = self.at
        if start >= self.end:
            return None
        if self.text.startswith("((", start):
            self.at = self.closing(start)
            return Token(start, self.at, word=Word(start, self.at, [Opaque(start, self.at, False)], bare="(("))
        if match := _REDIRECT.match(self.text, start, self.end):
            self.at = match.end()
            return Token(start, self.at, op=match[0].lstrip("0123456789") if match[0][0] != "{" else match[0].partition("}")[2])
        if match := _OPERATOR.match(self.text, start, self.end):
            self.at = match.end()
            return Token(start, self.at, op="\n" if match[0] == "\r\n" else match[0])
        word = self.word()
        if word.bare == "[[" and (match := _TEST_END.search(self.text, self.at, min(self.end, self.at + 4096))):
            self.at = word.end = match.end()
        return Token(start, self.at, word=word)

    def blank(self) -> None:
        """Pass over blanks."""
        if match := _BLANK.match(self.text, self.at, self.end):
            self.at = match.end()

    def line_end(self, at: int) -> int:
        """Where the line of `at` ends."""
        stop = self.text.find("\n", at, self.end)
        return self.end if stop < 0 else stop

    def word(self) -> Word:
        """The word that starts here."""
        word = Word(self.at, self.at)
        start = self.at
        if match := _ASSIGN.match(self.text, start, self.end):
            word.name, word.plus = match[1] + (match[2] or ""), bool(match[3])
            self.at = match.end()
            if self.text.startswith("(", self.at):
                word.items = self.array()
                word.end = self.at
                return word
        plain = True
        while self.at < self.end:
            before = self.at
            if match := _PLAIN.match(self.text, self.at, self.end):
                word.parts.append(Literal(match[0], self.at, match.end(), True))
                self.at = match.end()
            elif not self.part(word.parts, False):
                break
            else:
                plain = False
            if self.at == before:
                break
        if self.at == start:  # a character that begins nothing
            self.at += 1
        word.end = self.at
        if plain:
            word.bare = self.text[start : self.at]
        return word

    def array(self) -> list[Word]:
        """The words of `( … )`."""
        self.at += 1
        items: list[Word] = []
        while (token := self.token()) is not None:
            if token.op == ")":
                break
            if token.word is not None:
                items.append(token.word)
        return items

    def part(self, parts: list[Literal | Variable | Opaque], inside: bool) -> bool:
        """One quoted text or expansion (`inside`: of double quotes); False when none stands here."""
        text, start = self.text, self.at
        char = text[start]
        if char == "$":
            self.dollar(parts, inside)
        elif char == "`":
            self.at = self.closing(start)
            parts.append(Opaque(start, self.at, inside))
        elif char == "\\":
            self.escape(parts, inside)
        elif inside:
            return False
        elif char == "'":
            stop = self.find("'", start + 1)
            parts.append(Literal(text[start + 1 : stop], start + 1, stop))
            self.at = min(stop + 1, self.end)
        elif char == '"':
            self.double(parts)
        elif text.startswith(("<(", ">("), start):
            self.at = self.closing(start + 1)
            parts.append(Opaque(start, self.at, False))
        else:
            return False
        return True

    def double(self, parts: list[Literal | Variable | Opaque]) -> None:
        """A text in double quotes."""
        start = self.at
        self.at += 1
        parts.append(Literal("", self.at, self.at))
        while self.at < self.end and self.text[self.at] != '"':
            if match := _QUOTED.match(self.text, self.at, self.end):
                parts.append(Literal(match[0], self.at, match.end()))
                self.at = match.end()
            else:
                self.part(parts, True)
        if self.at >= self.end:
            self.missed(start)
        self.at = min(self.at + 1, self.end)

    def escape(self, parts: list[Literal | Variable | Opaque], inside: bool) -> None:
        """A backslash: before a line's end it joins lines; in double quotes it only escapes four signs."""
        start = self.at
        following = self.text[start + 1 : min(start + 2, self.end)]
        if following == "\n" or self.text.startswith("\r\n", start + 1):
            self.at = start + (2 if following == "\n" else 3)
        elif inside and following not in ("$", "`", '"', "\\"):
            self.at = start + 1
            parts.append(Literal("\\", start, start + 1))
        else:
            self.at = min(start + 2, self.end)
            parts.append(Literal(following or "\\", start, self.at))

    def dollar(self, parts: list[Literal | Variable | Opaque], inside: bool) -> None:
        """What a `$` begins."""
        text, start = self.text, self.at
        if text.startswith("${", start):
            self.at = self.closing(start + 1)
            parts.append(self.braced(start, inside))
        elif text.startswith("$(", start):
            self.at = self.closing(start + 1)
            parts.append(Opaque(start, self.at, inside))
        elif match := _SIMPLE.match(text, start, self.end):
            self.at = match.end()
            parts.append(Variable(match[1], start, self.at, inside))
        elif text.startswith("$'", start) and not inside:
            self.ansi(parts)
        elif text.startswith('$"', start) and not inside:
            self.at += 1
        elif text[start + 1 : start + 2] in ("?", "#", "$", "!", "-"):
            self.at = start + 2
            parts.append(Opaque(start, self.at, inside))
        else:
            self.at = start + 1
            parts.append(Literal("$", start, self.at))

    def braced(self, start: int, inside: bool) -> Variable | Opaque:
        """`${…}` from `start` to here."""
        if match := _SLICE.match(self.text, start, self.at):
            return Variable(match[1] or match[2], start, self.at, inside, f"[@]:{match[3]}")
        match = _BRACED.match(self.text, start, self.at)
        if match is None or not self.text.endswith("}", start, self.at):
            return Opaque(start, self.at, inside)
        name, subscript, op = match[1], match[2] or "", match[3] or ""
        last = self.at - 1
        if not op:
            return Variable(name, start, self.at, inside, subscript) if match.end() == last else Opaque(start, self.at, inside)
        if subscript or self.depth >= _NESTED:
            return Opaque(start, self.at, inside)
        return Variable(name, start, self.at, inside, op, Lexer(self.text, match.end(), last, self.depth + 1).inner(inside))

    def inner(self, inside: bool) -> Word:
        """The whole range as one word: the text after `:-`."""
        word = Word(self.at, self.end)
        while self.at < self.end:
            if match := _INNER.match(self.text, self.at, self.end):
                word.parts.append(Literal(match[0], self.at, match.end()))
                self.at = match.end()
            elif inside and self.text[self.at] == "'":
                word.parts.append(Literal("'", self.at, self.at + 1))
                self.at += 1
            else:
                self.part(word.parts, False)
        return word

    def unquoted(self) -> list[Literal | Variable | Opaque]:
        """The whole range as a here-document has it: only `$`, backticks and backslashes mean something."""
        parts: list[Literal | Variable | Opaque] = []
        while self.at < self.end:
            if match := _HERE.match(self.text, self.at, self.end):
                parts.append(Literal(match[0], self.at, match.end()))
                self.at = match.end()
            else:
                self.part(parts, True)
        return parts

    def ansi(self, parts: list[Literal | Variable | Opaque]) -> None:
        """A text in `$'…'`."""
        start = at = self.at + 2
        while (match := _ANSI_PART.match(self.text, at, self.end)) is not None:
            if match[0][0] != "\\":
                parts.append(Literal(match[0], at, match.end()))
                at = match.end()
                continue
            escaped = _ANSI.match(self.text, at, self.end)
            assert escaped is not None
            parts.append(Literal(_ansi(escaped), at, escaped.end()))
            at = escaped.end()
        if at == start:
            parts.append(Literal("", at, at))
        self.at = min(at + 1, self.end)

    def find(self, quote: str, at: int) -> int:
        """Where `quote` closes; a missing one counts as standing at the line's end."""
        stop = self.text.find(quote, at, self.end) if self.misses < _MISSES else self.text.find(quote, at, self.line_end(at))
        if stop < 0:
            self.missed(at - 1)
            self.misses += 1
            return self.line_end(at)
        return stop

    def missed(self, at: int) -> None:
        """Remember the quote at `at`; after another miss, where quotes open and close is anybody's guess."""
        if self.unclosed is None and not self.misses:
            self.unclosed = at

    def closing(self, at: int) -> int:
        """The offset after the bracket or backtick that closes the one at `at`; when it is missing, the line's end."""
        stack = [_CLOSERS[self.text[at]]]
        limit = self.end if self.misses < _MISSES else self.line_end(at)
        place = at + 1
        while match := _NEST.search(self.text, place, limit):
            place, sign = match.end(), match[0]
            if sign == stack[-1]:
                stack.pop()
                if not stack:
                    return place
            elif stack[-1] == '"' and sign[0] == "'":
                place = match.start() + 1
            elif sign in ("$(", "${", "`") or (sign in ("(", '"') and stack[-1] != '"'):
                stack.append(_CLOSERS[sign[-1]])
        self.misses += 1
        return self.line_end(at)

    def here(self, token: Token) -> None:
        """Note the delimiter of a here-document; its lines follow the present one."""
        self.blank()
        word = self.word()
        delimiter = "".join(part.text for part in word.parts if isinstance(part, Literal))
        token.body = HereDocument(delimiter, not word.bare, token.op == "<<-")
        token.end = self.at
        self.pending.append(token.body)

    def bodies(self) -> None:
        """The lines of the here-documents that were announced."""
        for body in self.pending:
            body.start = body.end = self.at
            while self.at < self.end:
                body.end = self.at
                stop = self.line_end(self.at)
                line = self.text[self.at : stop].rstrip("\r")
                self.at = min(stop + 1, self.end)
                if (line.lstrip("\t") if body.strip else line) == body.delimiter:
                    break
                body.end = self.at
        self.pending = []


_CLOSERS = {"(": ")", "{": "}", '"': '"', "`": "`"}


def _ansi(match: re.Match[str]) -> str:
    """What an escape of `$'…'` stands for."""
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    if match[4]:
        return chr(int(match[4], 8) & 0xFF)
    return _ANSI_NAMES.get(match[5], match[5] if match[5] in "'\"\\?" else match[0])
