"""Strings: literals, formatting, and the methods of `str`."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from typing import Any

import libcst as cst

from qp_lint.evaluate.operators import COMBINATIONS, LONGEST, derived
from qp_lint.evaluate.values import EnumMember, Part
from qp_lint.text import Span
from qp_lint.tree import Choice, Mapping, Node, Plain, Scalar, Sequence, Unknown, choice, leaves


def literal(node: cst.SimpleString, span: Span | None) -> Node:
    """The value of a string literal; bytes are unknown."""
    prefix = node.prefix.lower()
    if "b" in prefix:
        return Unknown(span=span)
    size = len(node.quote)
    raw = node.value[len(prefix) + size : -size]
    if "\\" not in raw or "r" in prefix:
        return Scalar(raw.replace("\r\n", "\n"), raw, span=span)
    value = unescape(node.value)
    return Unknown(span=span) if value is None else Scalar(value, raw, span=span)


def unescape(quoted: str) -> str | None:
    """The value of a literal as written, None when it is not valid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(quoted)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def formatted(parts: list[str | tuple[Node, str, str]], span: Span | None, *, raw: bool) -> Node:
    """An f-string: of each part its text, or (value, conversion, format)."""
    texts: list[tuple[str, tuple[Node, ...]]] = [("", ())]
    maybe = False  # it may also be something that is not known
    for part in parts:
        if isinstance(part, str):
            text = part if raw or "\\" not in part else (unescape(f'"""{part}"""') or part)
            texts = [(before + text, used) for before, used in texts]
            continue
        value, conversion, spec = part
        shown = [(option, show(option, conversion, spec)) for option in leaves(value)]
        known = [(option, text) for option, text in shown if text is not None]
        if not known or len(texts) * len(shown) > COMBINATIONS:
            return Unknown(span=span, hint=texts[0][0])
        maybe = maybe or len(known) < len(shown)
        texts = [(before + str(text), (*used, option)) for before, used in texts for option, text in known]
        if isinstance(value, Choice) and value.branch is not None and len(parts) <= 8 and _only_choice(parts, value):
            return _branching(parts, value, span, raw)
    here = (Scalar("", span=span),) if any(isinstance(part, str) and part for part in parts) else ()
    return choice([derived(text[:LONGEST], span, *here, *used) for text, used in texts] + [Unknown(span=span)] * maybe)


def _only_choice(parts: list[str | tuple[Node, str, str]], value: Choice) -> bool:
    return all(isinstance(part, str) or part[0] is value or not isinstance(part[0], Choice) for part in parts)


def _branching(parts: list[str | tuple[Node, str, str]], value: Choice, span: Span | None, raw: bool) -> Node:
    """The string on each side of the branch that decides one of its values."""
    options: list[Node] = []
    for option in value.options:
        chosen = [part if isinstance(part, str) or part[0] is not value else (option, part[1], part[2]) for part in parts]
        options.append(formatted(chosen, span, raw=raw))
    return choice(options, branch=value.branch)


def show(node: Node, conversion: str = "", spec: str = "") -> str | None:
    """What `format` gives for a plain value, None when that is not known."""
    if not isinstance(node, Scalar) or "\0" in spec:
        return None
    if isinstance(node, EnumMember) and (node.cls is None or node.cls.outside() != "enum.StrEnum"):
        return None  # what `str` gives depends on the release of Python
    value: Any = repr(node.value) if conversion == "r" else str(node.value) if conversion == "s" else node.value
    if not re.fullmatch(r"[^\d]{0,2}\d{0,2},?(\.\d{1,2})?[a-zA-Z%]?", spec):
        return None
    try:
        return format(value, spec)
    except (ValueError, TypeError, OverflowError):
        return None


def percent(template: Scalar, values: Node, span: Span | None) -> Node:
    """`template % values`."""
    arguments: Any = None
    if isinstance(values, Sequence) and all(isinstance(item, Scalar) for item in values.items):
        arguments = tuple(item.value for item in values.items if isinstance(item, Scalar))
    elif isinstance(values, Scalar):
        arguments = values.value
    elif isinstance(values, Mapping):
        arguments = {key: entry.value.value for key, entry in values.entries.items() if isinstance(entry.value, Scalar)}
    if arguments is None or re.search(r"%[^a-zA-Z%]*(\d{4,}|\*)", str(template.value)):
        return Unknown(span=span)
    try:
        return derived(str(template.value) % arguments, span, template, *_written(values))
    except (TypeError, ValueError, KeyError, OverflowError):
        return Unknown(span=span)


def _written(values: Node) -> tuple[Node, ...]:
    return values.items if isinstance(values, Sequence) else (values,)


def _format(text: str, args: list[Plain], keywords: dict[str, Plain]) -> str:
    if re.search(r"\{[^}]*[.\[]|:[^}]*\d{4,}|\{[^}]*\{", text):
        raise ValueError("not followed")
    return text.format(*args, **keywords)


_PLAIN: dict[str, Callable[..., Any]] = {
    name: getattr(str, name)
    for name in [
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "startswith",
        "endswith",
        "replace",
        "capitalize",
        "title",
        "removeprefix",
        "removesuffix",
        "isdigit",
        "isnumeric",
        "isalpha",
        "count",
        "find",
        "rfind",
        "index",
        "casefold",
        "swapcase",
        "splitlines",
        "split",
        "rsplit",
        "partition",
        "rpartition",
    ]
}


def method(receiver: Scalar, name: str, args: tuple[Node, ...], keywords: dict[str, Node], span: Span | None) -> Node:
    """The result of a method of a string."""
    text = receiver.value
    if not isinstance(text, str):
        return Unknown(span=span)
    if name == "join" and len(args) == 1:
        return _join(receiver, args[0], span)
    options = [arg for arg in args if isinstance(arg, Scalar)]
    if name in ("startswith", "endswith") and len(args) == 1 and isinstance(args[0], Sequence):
        options = [item for item in args[0].items if isinstance(item, Scalar)]
        ends = tuple(item.value for item in options if isinstance(item.value, str))
        whole = len(ends) == len(args[0].items) and not args[0].open
        return Scalar(getattr(text, name)(ends), span=span) if whole else Unknown(span=span)
    named = {key: value.value for key, value in keywords.items() if isinstance(value, Scalar)}
    if len(options) != len(args) or len(named) != len(keywords):
        return Unknown(span=span)
    plain = [option.value for option in options]
    try:
        if name == "format":
            return derived(_format(text, plain, named), span, receiver, *options, *keywords.values())
        if name not in _PLAIN or (name == "replace" and len(text) * len(str(plain[-1])) > LONGEST):
            return Unknown(span=span)
        result = _PLAIN[name](text, *plain, **named)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, AttributeError):
        return Unknown(span=span)
    if isinstance(result, (list, tuple)):
        return Sequence(tuple(derived(item, span, receiver) for item in result), span=span)
    return derived(result, span, receiver)


def _join(receiver: Scalar, items: Node, span: Span | None) -> Node:
    if isinstance(items, Sequence) and not items.open and all(isinstance(item, Scalar) for item in items.items):
        texts = [str(item.value) for item in items.items if isinstance(item, Scalar)]
        return derived(str(receiver.value).join(texts), span, *items.items)
    return Part(span=span, base=items, name="join")
