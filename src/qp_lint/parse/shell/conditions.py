"""Conditions of shell scripts that can be decided: `[ "$STAGE" = 3 ]`, `[[ $GPUS -gt 1 && -n $X ]]`; and `case` patterns."""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Sequence

from qp_lint.parse.shell.lexer import Lexer
from qp_lint.parse.shell.state import Variables
from qp_lint.parse.shell.syntax import Case, Item, Simple
from qp_lint.parse.shell.texts import plain

_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": operator.eq,
    "-ne": operator.ne,
    "-lt": operator.lt,
    "-le": operator.le,
    "-gt": operator.gt,
    "-ge": operator.ge,
}
_EQUAL = {"=": True, "==": True, "!=": False}
_CLOSING = ("]", "]]")


def holds(words: Sequence[str | None]) -> bool | None:
    """Whether a command that is a condition succeeds, from its words (None: not known); None when it cannot be told."""
    if not words:
        return None
    name = words[0]
    if name in ("true", ":", "false"):
        return name != "false"
    if name not in ("[", "[[", "test"):
        return None
    rest = list(words[1:-1] if words[-1] in _CLOSING else words[1:])
    return _expression(rest, patterns=name == "[[")


def _expression(words: list[str | None], patterns: bool) -> bool | None:
    for sign, decisive in (("||", True), ("-o", True), ("&&", False), ("-a", False)):
        if sign in words and len(words) > 3:
            at = words.index(sign)
            sides = (_expression(words[:at], patterns), _expression(words[at + 1 :], patterns))
            return decisive if decisive in sides else None if None in sides else not decisive
    if words[:1] == ["!"]:
        inner = _expression(words[1:], patterns)
        return None if inner is None else not inner
    if any(word is None for word in words):
        return None
    known = [word for word in words if word is not None]
    if len(known) == 1:
        return bool(known[0])
    if len(known) == 2 and known[0] in ("-n", "-z"):
        return bool(known[1]) == (known[0] == "-n")
    if len(known) == 3:
        return _comparison(known[0], known[1], known[2], patterns)
    return None


def _comparison(left: str, sign: str, right: str, patterns: bool) -> bool | None:
    if sign in _EQUAL:
        same = matches(left, right) if patterns else left == right
        return same == _EQUAL[sign]
    if sign in _NUMBERS and _number(left) and _number(right):
        return _NUMBERS[sign](int(left), int(right))
    return None


def _number(text: str) -> bool:
    return text.lstrip("-").isdecimal() and len(text) < 18


def matches(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern of `case` or `[[ … == … ]]`."""
    return text == pattern or (len(text) < 300 and len(pattern) < 100 and fnmatch.fnmatchcase(text, pattern))


def succeeds(items: Sequence[Item], variables: Variables) -> bool | None:
    """Whether the condition of an `if` succeeds on the way that is being taken; None when it cannot be told."""
    result: bool | None = None
    for item in items:
        if item.op == "|" or (item.op == "&&" and result is None) or (item.op == "||" and result is None):
            return None
        if (item.op == "&&" and result is False) or (item.op == "||" and result is True):
            continue
        result = _succeeds(item, variables)
    return result


def _succeeds(item: Item, variables: Variables) -> bool | None:
    if not isinstance(item.node, Simple) or not item.node.words:
        return None
    first = item.node.words[0]
    words: list[str | None]
    if first.bare == "[[" and first.end > first.start + 4:
        tokens = Lexer(variables.source.text, first.start + 2, first.end - 2).tokens()
        inside = [plain(variables.expander.text(token.word)) if token.word else token.op for token in tokens]
        words = ["[[", *inside, "]]"]
    else:
        words = [field.plain for field in variables.fields(item.node.words)]
    found = holds(words)
    return found if found is None or not item.negated else not found


def arm_of(arms: Sequence[tuple[Sequence[Item], object]], variables: Variables) -> int | None:
    """Which arm of an `if` is taken, their number for `else`; None when it cannot be told."""
    for number, (condition, _) in enumerate(arms):
        result = succeeds(condition, variables)
        if result is None:
            return None
        if result:
            return number
    return len(arms)


def case_of(statement: Case, variables: Variables) -> int | None:
    """Which arm of a `case` is taken, their number for none; None when it cannot be told."""
    text = plain(variables.expander.text(statement.word)) if statement.word is not None else None
    if text is None:
        return None
    for number, patterns in enumerate(statement.patterns):
        for pattern in patterns:
            written = plain(variables.expander.text(pattern))
            if written is None:
                return None
            if matches(text, written):
                return number
    return len(statement.arms)
