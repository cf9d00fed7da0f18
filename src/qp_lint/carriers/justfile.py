"""justfiles: the recipes, with variables and the defaults of parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, env_file, run_script
from qp_lint.discover import Kind
from qp_lint.parse.strings import Piece, closed
from qp_lint.project import Project
from qp_lint.text import assembled
from qp_lint.tree import Node

_ASSIGN = re.compile(r"(export[ \t]+)?([A-Za-z_][\w-]*)[ \t]*:=[ \t]*(.*)")
_TEXT = re.compile(r"""(["'])([^"'\\]*)\1[ \t]*(?:#.*)?""")
_RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)((?:[ \t]+[^:]*?)?)[ \t]*:(?!=)")
_PARAMETER = re.compile(r"""\$?([A-Za-z_][\w-]*)[ \t]*=[ \t]*(["']?)([^"'\s]*)\2""")
_EXPRESSION = re.compile(r"\{\{(?!\{)[ \t]*(?:([A-Za-z_][\w-]*)[ \t]*\}\}|.*?\}\})")
_PREFIX = re.compile(r"[ \t]*[@-]*")

Values = dict[str, Piece]


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of every recipe."""
    source = project.source(path)
    if source is None:
        return
    values: Values = {}
    exported: list[str] = []
    recipes: list[tuple[Values, list[Piece]]] = []
    for number, start in enumerate(source.lines, 1):
        line = source.line(number)
        if line[:1] in (" ", "\t"):
            if recipes and line.strip():
                recipes[-1][1].append((start, line + "\n"))
        elif assign := _ASSIGN.match(line):
            if text := _TEXT.fullmatch(assign[3].strip()):
                values[assign[2]] = (start + assign.start(3) + 1, text[2])
            exported += [assign[2]] if assign[1] else []
        elif recipe := _RECIPE.match(line):
            defaults = _PARAMETER.finditer(recipe[2])
            recipes.append(({item[1]: (start + recipe.start(2) + item.start(3), item[3]) for item in defaults}, []))
    env: dict[str, Node] = {}
    if re.search(r"^set[ \t]+dotenv-load\b(?![ \t]*:=[ \t]*false)", source.text, re.M):
        env = env_file(project, path, ".env")
    if re.search(r"^set[ \t]+export\b(?![ \t]*:=[ \t]*false)", source.text, re.M):
        exported = list(values)
    for own, lines in recipes:
        pieces = [piece for name in exported if name in values for piece in _export(name, values[name])]
        body = list(_body(lines, {**values, **own}))
        if not body or not closed("".join(text for _, text in body)):
            continue
        for command in run_script(project, path, assembled(source, [*pieces, *body]), env):
            yield Launch(path, command)


def _export(name: str, value: Piece) -> list[Piece]:
    return [(value[0], f"export {name}='"), value, (value[0], "'\n")]


def _body(lines: list[Piece], values: Values) -> Iterator[Piece]:
    """A recipe as a shell script: each line in a shell of its own, unless it begins with `#!`."""
    script = bool(lines) and lines[0][1].lstrip().startswith("#!")
    if script and "sh" not in lines[0][1]:
        return
    running = False
    for start, line in lines:
        cut = _PREFIX.match(line)
        at = cut.end() if cut and not running and not script else 0
        if not running and not script:
            yield start, "("
        for match in _EXPRESSION.finditer(line):
            yield start + at, line[at : match.start()]
            known = values.get(match[1] or "")
            yield known if known is not None else (start + match.start(), "$_")
            at = match.end()
        yield start + at, line[at:]
        running = line.rstrip().endswith("\\")
        if not running and not script:
            yield start, ")\n"


CARRIER = Carrier((Kind.JUST,), read)
