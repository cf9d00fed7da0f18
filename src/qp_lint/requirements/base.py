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
# a repository at a tag, its archive, a wheel: …/trl.git@v0.9.6, …/trl/archive/refs/tags/v0.9.6.zip, …/trl-0.9.6-py3-none-any.whl
RELEASE = re.compile(
    r"""(?:/(?P<repository>[A-Za-z0-9_.-]+?)(?:\.git@|@|/archive/(?:refs/tags/)?|/releases/download/)v?
      |/(?P<wheel>[A-Za-z0-9_.]+)-)(?P<version>\d+(?:\.\d+)+(?:(?:a|b|rc|\.post|\.dev)\d+)?)(?=$|[^\d.]|\.\D)""",
    re.VERBOSE,
)
CONDA_NAMES = {"pytorch": "torch", "pytorch-gpu": "torch", "pytorch-cpu": "torch"}


def normalised(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pin_of(source: Source, start: int, name: str, specifier: str, length: int) -> Iterator[Pin]:
    """A pin at `start` if qp-lint has facts about the package."""
    package = normalised(name)
    if package in releases():
        specifier = re.sub(r"\s+", "", specifier).strip(",")
        yield Pin(package, specifier, source.span(start, start + length))


def conda_pin(source: Source, start: int, name: str, specifier: str, length: int) -> Iterator[Pin]:
    """A pin by the name that a package has in conda's channels."""
    yield from pin_of(source, start, CONDA_NAMES.get(normalised(name), name), specifier, length)


def requirement(source: Source, start: int, text: str) -> Iterator[Pin]:
    """The pin that a PEP 508 requirement at `start` makes, or a URL that names a release.

    Extras are skipped; a requirement whose marker keeps it from a Linux machine with a current Python is none.
    """
    match = REQUIREMENT.match(text)
    rest = text[match.end() :].lstrip(" \t)") if match else text
    if not match or rest.startswith(("@", "+", ":")):
        yield from release(source, start, text)
    elif not rest.startswith("=") and normalised(match["name"]) in releases() and applies(rest):
        yield from pin_of(source, start, match["name"], match["specifier"], len(match[0].rstrip(" ,(")))


def release(source: Source, start: int, text: str) -> Iterator[Pin]:
    """The pin that a URL makes: of a repository at a tag that is a version, of an archive, of a wheel."""
    found = RELEASE.search(text)
    if found:
        name = found["repository"] or found["wheel"]
        yield from pin_of(source, start, name, f"=={found['version']}", found.end())


def applies(rest: str) -> bool:
    """Whether what follows a requirement has no environment marker that excludes Linux with a current Python."""
    written = re.match(r";\s*([^#\\]+?)\s*(?:--hash\b.*)?$", rest)
    if written is None or "extra" in written[1]:
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

    machine = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
    python = {
        **{"python_version": "3.12", "python_full_version": "3.12.0", "implementation_name": "cpython"},
        "platform_python_implementation": "CPython",
    }
    try:
        return Marker(written[1]).evaluate({**machine, **python})
    except (InvalidMarker, UndefinedEnvironmentName):
        return True


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


def conda_version(written: str) -> str:
    """conda's `=4.51` (any 4.51), `=4.51.3`, `4.51.*`, `>=4.40,<5`, with or without a build, as a PEP 440 specifier."""
    first = re.sub(r"\s+", "", written.strip("\"' "))
    exact = re.fullmatch(r"(?:={1,2})?(\d[\w.]*?)(\.?\*)?(?:=[\w.*]+)?", first)
    if exact is None:
        return first
    whole = exact[1].count(".") >= 2 and not exact[2]
    return f"=={exact[1]}" if whole or first.startswith("==") else f"=={exact[1]}.*"
