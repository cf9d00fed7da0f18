"""Whole-number arithmetic, as `$(( … ))` works it out (bash(1), ARITHMETIC EVALUATION): batch sizes, ports."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_]\w*)|(\*\*|==|!=|<=|>=|&&|\|\||[-+*/%<>()?:]))")
_RANKS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "**": 7}
_LENGTH = 200  # characters of an expression
_LIMIT = 1 << 63


def arithmetic(text: str, number: Callable[[str], int | None]) -> int | None:
    """The value of an expression without `$`; `number` says what a variable holds.  None when it is not known or not plain."""
    tokens = _tokens(text)
    if not tokens:
        return None
    reader = _Reader(tokens, number)
    try:
        value = reader.condition()
    except (_Unknown, ZeroDivisionError, IndexError):
        return None
    return value if not reader.left and abs(value) < _LIMIT else None


class _Unknown(Exception):
    """Something in it is not known, or not understood."""


def _tokens(text: str) -> list[str]:
    """The numbers, names and signs; nothing when there is something else, or too much."""
    found: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text) <= _LENGTH:
        match = _TOKEN.match(text, at)
        if match is None:
            return []
        found.append(match[0].strip())
        at = match.end()
    return found


class _Reader:
    """Reads an expression by the precedence of its signs."""

    def __init__(self, tokens: list[str], number: Callable[[str], int | None]) -> None:
        self.left = tokens[::-1]
        self.number = number

    def condition(self) -> int:
        """`a ? b : c`, or what binds closer."""
        value = self.operation(1)
        if not self.take("?"):
            return value
        first = self.condition()
        if not self.take(":"):
            raise _Unknown
        second = self.condition()
        return first if value else second

    def operation(self, rank: int) -> int:
        """Operands joined by signs of at least this rank."""
        value = self.operand()
        while self.left and _RANKS.get(self.left[-1], 0) >= rank:
            sign = self.left.pop()
            value = _joined(sign, value, self.operation(_RANKS[sign] + (sign != "**")))
        return value

    def operand(self) -> int:
        """A number, a variable, an expression in brackets, a sign before one of these."""
        token = self.left.pop()
        if token in ("+", "-"):
            return self.operand() * (1 if token == "+" else -1)
        if token == "(":
            value = self.condition()
            if not self.take(")"):
                raise _Unknown
            return value
        if token.isdecimal() and token[0] == "0" and token.strip("0"):  # octal
            raise _Unknown
        found = int(token) if token.isdecimal() else self.number(token)
        if found is None:
            raise _Unknown
        return found

    def take(self, sign: str) -> bool:
        """Whether this sign follows; it is then read."""
        if self.left and self.left[-1] == sign:
            self.left.pop()
            return True
        return False


def _joined(sign: str, left: int, right: int) -> int:
    """What a sign makes of two numbers; a division cuts off towards zero."""
    if sign == "/":
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    if sign == "%":
        return left - right * _joined("/", left, right)
    if sign == "**":
        if not 0 <= right < 64:
            raise _Unknown
        return int(left**right)
    results = {
        **{"+": left + right, "-": left - right, "*": left * right},
        **{
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
            "<=": left <= right,
            ">=": left >= right,
        },
        **{"&&": bool(left) and bool(right), "||": bool(left) or bool(right)},
    }
    value = int(results[sign])
    if abs(value) >= _LIMIT:
        raise _Unknown
    return value
