"""Makefiles: the recipes of their targets, with the variables of the file."""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from qp_lint.carriers.base import Carrier, Launch, run_script
from qp_lint.discover import Kind
from qp_lint.parse.strings import Piece, closed
from qp_lint.project import Project
from qp_lint.text import Source, Span, assembled

DEPTH = 8  # variables in variables
BUDGET = 200_000  # characters that the variables of one file may expand to
_ASSIGN = re.compile(r"[ ]*(?:(?:export|override|private)[ \t]+)*([\w.-]+)[ \t]*(:{1,3}=|\?=|\+=|!=|=)[ \t]*")
_EXPORT = re.compile(r"[ ]*export(?:[ \t]+([\w \t]+?))?[ \t]*(?:=|:=|\?=|$)")
_RULE = re.compile(r"([^\t#=:\s][^#=:]*?)[ \t]*::?(?!=)")
_CONDITION = re.compile(r"[ ]*(?:(ifeq|ifneq|ifdef|ifndef)\b|(endif)\b|else\b)")
_REFERENCE = re.compile(r"\$(?:\$|\(([\w.-]+)\)|\{([\w.-]+)\}|[({](?:[^(){}]|\([^()]*\))*[)}]|([@<^*?+%]|\w))")
_PREFIX = re.compile(r"[@+\- \t]*")

Value = list[Piece] | None
Recipe = tuple[str, dict[str, Value], list[list[Piece]]]  # target, variables of its own, lines


@dataclass(slots=True)
class _Make:
    """What is known at one line; a value of None is not known."""

    variables: dict[str, Value] = field(default_factory=dict)
    exported: dict[str, None] = field(default_factory=dict)
    export_all: bool = False
    conditions: int = 0
    budget: int = BUDGET


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of every recipe."""
    source = project.source(path)
    if source is None:
        return
    make = _Make()
    recipes: list[Recipe] = []
    whole = re.search(r"^\.ONESHELL[ \t]*:", source.text, re.M) is not None
    for start, end in _logical_lines(source):
        line = source.text[start:end]
        if line.startswith("\t"):
            if recipes:
                cut = _PREFIX.match(line)
                begin = start + (cut.end() if cut else 0)
                recipes[-1][2].append([(begin, source.text[begin:end] + "\n")])
        elif condition := _CONDITION.match(line):
            make.conditions += 1 if condition[1] else -1 if condition[2] else 0
        elif assign := _ASSIGN.match(line):
            _assign(make, assign, start, line, make.variables)
        elif export := _EXPORT.match(line):
            make.export_all = make.export_all or not export[1]
            make.exported.update(dict.fromkeys((export[1] or "").split()))
        elif rule := _RULE.match(line):
            own: dict[str, Value] = {}
            rest = line[rule.end() :].lstrip()
            if inner := _ASSIGN.match(rest):
                _assign(make, inner, end - len(rest), rest, own)
                known = next((other for name, other, _ in recipes if name == rule[1]), None)
                if known is not None:
                    known.update(own)
                    continue
            for name, other, _ in recipes:
                if name == rule[1]:
                    own = {**other, **own}
            recipes.append((rule[1], own, []))
    for recipe in recipes:
        script, starts = _script(source, make, recipe, whole)
        for command in run_script(project, path, script, {}):
            index = bisect.bisect_right(starts, command.span.start, key=lambda start: start[0]) - 1
            inside = command.span.source is script and index >= 0 and not whole
            yield Launch(path, dataclasses.replace(command, span=starts[index][1]) if inside else command)


def _logical_lines(source: Source) -> Iterator[tuple[int, int]]:
    """Start and end of each line with those that it is continued on; empty lines and comments left out."""
    number, count = 1, len(source.lines)
    while number <= count:
        start, line = source.lines[number - 1], source.line(number)
        while line.endswith("\\") and number < count:
            number += 1
            line = source.line(number)
        end = source.lines[number - 1] + len(line)
        number += 1
        if source.text[start:end].strip() and not source.text[start:end].startswith("#"):
            yield start, end


def _assign(make: _Make, match: re.Match[str], start: int, text: str, into: dict[str, Value]) -> None:
    """`NAME = value` in a text at `start`; inside a condition the value is not known."""
    name, sign = match[1], match[2]
    if match[0].split()[0] == "export":
        make.exported[name] = None
    begin = start + match.end()
    text = re.sub(r"(?<!\\)[ \t]#.*|^#.*", "", text[match.end() :])
    value: Value = None if sign == "!=" or make.conditions else [(begin, text.rstrip())]
    if sign == "?=" and name in into and not make.conditions:
        return
    if sign == "+=":
        old = into.get(name, make.variables.get(name, []))
        value = [*old, (begin, " "), *value] if old is not None and value is not None else None
    elif sign.startswith(":") and value is not None:
        value = list(_expanded(value, make, {}, "", 0))
    into[name] = value


def _expanded(pieces: list[Piece], make: _Make, own: dict[str, Value], target: str, depth: int) -> Iterator[Piece]:
    """Pieces with their variables expanded; `$_` stands for what is not known."""
    for start, text in pieces:
        at = 0
        for match in _REFERENCE.finditer(text):
            if match.start() > at:
                yield start + at, text[at : match.start()]
            at = match.end()
            name = match[1] or match[2] or match[3] or ""
            value = own[name] if name in own else make.variables.get(name)
            if match[0] == "$$":
                yield start + match.start(), "$$" if depth or not target else "$"
            elif name == "@" and target:
                yield start + match.start(), target.split(maxsplit=1)[0]
            elif value is None or depth >= DEPTH or make.budget < 0:
                yield start + match.start(), "$_" if target else match[0]
            else:
                make.budget -= sum(len(part) for _, part in value) + 16
                yield from _expanded(value, make, own, target, depth + 1)
        yield start + at, text[at:]


def _script(source: Source, make: _Make, recipe: Recipe, whole: bool) -> tuple[Source, list[tuple[int, Span]]]:
    """A recipe as a shell script: every line in a shell of its own, exported variables set before.

    With it for each line where it begins in the script, and its place in the Makefile.
    """
    target, own, lines = recipe
    pieces: list[Piece] = []
    for name in make.variables if make.export_all else make.exported:
        value = own.get(name, make.variables.get(name))
        if value is not None:
            expanded = list(_expanded(value, make, own, target, 0))
            if not any(set("'\n$") & set(text) for _, text in expanded):
                at = expanded[0][0] if expanded else 0
                pieces += [(at, f"export {name}='"), *expanded, (at, "'\n")]
    length = sum(len(text) for _, text in pieces)
    starts = []
    for block in [[piece for line in lines for piece in line]] if whole else lines:
        body = list(_expanded(block, make, own, target, 0))
        if body and closed("".join(text for _, text in body)):
            begin, last = block[0][0], block[-1]
            starts.append((length, source.span(begin, last[0] + len(last[1].rstrip()))))
            body = [(begin, "("), *body, (last[0], "\n)\n")]
            length += sum(len(text) for _, text in body)
            pieces += body
    return assembled(source, pieces), starts


CARRIER = Carrier((Kind.MAKE,), read)
