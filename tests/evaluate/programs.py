"""Small programs, evaluated: what the tests of this folder share."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping as Map
from pathlib import Path

from qp_lint.evaluate import Program, evaluate
from qp_lint.project import Project
from qp_lint.text import Source
from qp_lint.tree import Call, Choice, Mapping, Node, Reference, Scalar, Sequence


def project(files: Map[str, str]) -> Project:
    """A project that lies in memory."""
    texts = {path: textwrap.dedent(text) for path, text in files.items()}
    return Project(Path("/nowhere"), tuple(texts), overlay=texts)


def words(line: str) -> list[Node]:
    """The words of a command line, each with its place."""
    source = Source("run.sh", line)
    found: list[Node] = []
    start = 0
    for word in line.split():
        start = line.index(word, start)
        found.append(Scalar(word, word, span=source.span(start, start + len(word))))
        start += len(word)
    return found


def program(
    text: str, line: str | None = None, *, env: Map[str, str] | None = None, directory: str = "", **files: str
) -> Program:
    """Evaluate `train.py`; `line` are the words after it on its command line, `a__b` in `files` is `a/b.py`."""
    named = {name.replace("__", "/") + ".py": body for name, body in files.items()}
    return run({"train.py": text, **named}, "train.py", line, env=env, directory=directory)


def run(
    files: Map[str, str], path: str, line: str | None = None, *, env: Map[str, str] | None = None, directory: str = ""
) -> Program:
    """Evaluate one file of several."""
    variables = {name: Scalar(value) for name, value in (env or {}).items()}
    arguments = None if line is None else words(line)
    return evaluate(project(files), path, arguments=arguments, env=variables, directory=directory)


def calls(found: Program, name: str) -> list[Call]:
    """The calls of a function by the end of its name."""
    return [call for call in found.calls if call.function == name or call.function.endswith(f".{name.lstrip('.')}")]


def only(found: Program, name: str) -> Call:
    """The only call of a function."""
    (call,) = calls(found, name)
    return call


def plain(node: Node | None) -> object:
    """A value as Python: a reference as its name in angle brackets, one of several as a set or by branch as a list."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        known: dict[object, object] = {key: plain(entry.value) for key, entry in node.entries.items()}
        return {**known, ...: ...} if node.open else known
    if isinstance(node, Sequence):
        items = [plain(item) for item in node.items]
        return [*items, ...] if node.open else items
    if isinstance(node, Reference):
        return f"<{node.name}>"
    if isinstance(node, Call):
        return f"<{node.function}()>"
    if isinstance(node, Choice):
        options = [plain(option) for option in node.options]
        assert node.branch is None or len(options) >= 2
        return ("branch", node.branch.text, *options) if node.branch is not None else ("any", *options)
    return None if node is None else "?"


def shown(text: str, line: str | None = None, *, env: Map[str, str] | None = None, **files: str) -> object:
    """The value that a program hands to `lib.show(...)`."""
    prelude = "import lib\n"
    found = program(prelude + textwrap.dedent(text), line, env=env, **files)
    (call,) = calls(found, "lib.show")
    values = [plain(value) for value in call.args]
    return values[0] if len(values) == 1 else values
