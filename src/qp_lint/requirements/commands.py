"""What the install commands of a Dockerfile, a shell script or a notebook pin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.requirements.base import Pin, normalised, pin_of, release, requirement
from qp_lint.text import Source
from qp_lint.versions import releases

INSTALL = re.compile(
    r"(?:pip[\d.]*|uv pip|uv)[ \t]+(?:install|add)[ \t]+((?:\\\r?\n(?:[ \t]*#[^\n]*\n)*|\\n|\"[^\"\n]*\"|'[^'\n]*'|[^\n;&|])*)"
)
# a word: a requirement with its version, which a quoted one may write with spaces, or a URL
WORD = re.compile(
    r"""(?<![^\s"'])[A-Za-z0-9][\w.-]*(?:\[[^\]\s]*\])?(?:(?:\s*[=<>!~]=?\s*(?:\$\{?\w+\}?|[^\s"'\\=<>!~]+))+|[^\s"'\\]*)"""
)
VARIABLE = re.compile(r"^[ \t]*(?:ARG|ENV|export)?[ \t]*([A-Za-z_]\w*)=[\"']?([\w.+-]+)[\"']?[ \t]*\r?$", re.MULTILINE)


def read_commands(source: Source) -> Iterator[Pin]:
    """`pip install …` and `uv add …`; a version may be a variable that the file gives one value."""
    values: dict[str, str] = {}
    for match in INSTALL.finditer(source.text):
        if re.match(r"[ \t]*#", source.line(source.position(match.start()).line)):
            continue
        written = re.sub(r"(?m)(?:^|(?<=\s))#.*", lambda comment: " " * len(comment[0]), match[1])
        for word in WORD.finditer(written):
            start = match.start(1) + word.start()
            text = word[0]
            if "$" in text:
                values = values or _variables(source.text)
                yield from _with_variable(source, start, text, values)
            elif "/" in text:
                yield from release(source, start, text)
            elif normalised(re.split(r"[\s\[=<>!~]", text)[0]) in releases():
                yield from requirement(source, start, text)


def _variables(text: str) -> dict[str, str]:
    """The variables that a file sets, each to one value alone."""
    found: dict[str, set[str]] = {}
    for name, value in VARIABLE.findall(text):
        found.setdefault(name, set()).add(value)
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def _with_variable(source: Source, start: int, text: str, values: dict[str, str]) -> Iterator[Pin]:
    """`transformers==${TRANSFORMERS_VERSION}` with the variable's value; of another one the name alone."""
    match = re.fullmatch(r"([\w.-]+)(?:\[[^\]]*\])?(==|~=)\$\{?(\w+)\}?", text)
    if match:
        value = values.get(match[3], "")
        yield from pin_of(source, start, match[1], f"{match[2]}{value}" if value[:1].isdigit() else "", len(text))
