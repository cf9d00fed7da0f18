"""What every reader of a requirement file gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from qp_lint.text import Source, Span
from qp_lint.versions import releases


@dataclass(frozen=True, slots=True)
class Pin:
    """One requirement: a normalised package name, a PEP 440 specifier (empty admits all) and the place that says so."""

    package: str
    specifier: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reader:
    """How one kind of requirement file is read; `lock` files name what is really installed."""

    read: Callable[[Source], Iterable[Pin]]
    lock: bool = False
    includes: Callable[[Source], Iterable[str]] = lambda source: ()


REQUIREMENT = re.compile(
    r"""(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*
    (?:\[[^\]\n]*\])?\s*\(?\s*
    (?P<specifier>(?:(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*)""",
    re.VERBOSE,
)


def normalised(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pin_of(source: Source, start: int, name: str, specifier: str, length: int) -> Iterator[Pin]:
    """A pin at `start` if qp-lint has facts about the package."""
    package = normalised(name)
    if package in releases():
        specifier = re.sub(r"\s+", "", specifier).strip(",")
        yield Pin(package, specifier, source.span(start, start + length))


def requirement(source: Source, start: int, text: str) -> Iterator[Pin]:
    """The pin that a PEP 508 requirement at `start` makes: extras are skipped, a marker does not change the range."""
    match = REQUIREMENT.match(text)
    if match and not text[match.end() :].lstrip().startswith(("@", "=")):
        yield from pin_of(source, start, match["name"], match["specifier"], len(match[0].rstrip(" ,(")))


def compatible(caret: str) -> str:
    """Poetry's and pixi's `^1.2`, `~1.2`, `1.2.*`, `1.2` as a PEP 440 specifier."""
    parts = []
    for part in caret.replace(" ", "").split(","):
        operator, version = (part[0], part[1:]) if part[:1] in "^~" and part[:2] != "~=" else ("", part)
        numbers = [int(number) for number in re.findall(r"\d+", version)]
        if operator == "^" and numbers:
            index = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
            upper = ".".join(str(n) for n in [*numbers[:index], numbers[index] + 1])
            parts.append(f">={version},<{upper}")
        elif operator == "~" and numbers:
            head = numbers[:2]
            parts.append(f">={version},<{'.'.join(str(n) for n in [*head[:-1], head[-1] + 1])}")
        elif part in ("*", "any", ""):
            continue
        elif part[0].isdigit():
            parts.append(f"=={part}")
        else:
            parts.append(part)
    return ",".join(parts)
