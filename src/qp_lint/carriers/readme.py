"""Markdown: the shell commands of fenced blocks.  Read where documents are asked for (`--include-docs`) or named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, run_script
from qp_lint.discover import Kind
from qp_lint.parse.strings import Piece, closed
from qp_lint.project import Project
from qp_lint.text import assembled

_FENCE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<name>bash|sh|shell|zsh|console|shell-session|text)?[ \t]*\r?\n"
    r"(?P<body>.*?)^[ \t]*(?P=mark)",
    re.M | re.S,
)
_PROMPT = re.compile(r"[ \t]*[$%>][ \t]+")


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of each block; of a session those behind a prompt."""
    source = project.source(path)
    for match in _FENCE.finditer(source.text) if source is not None else ():
        if source is None or not match["name"]:
            continue
        pieces: list[Piece] = []
        at = match.start("body")
        lines = match["body"].splitlines(keepends=True)
        session = any(_PROMPT.match(line) for line in lines)
        running = False
        for line in lines:
            prompt = _PROMPT.match(line)
            if not session or prompt or running:
                cut = prompt.end() if prompt and session else 0
                pieces.append((at + cut, line[cut:]))
                running = line.rstrip("\r\n").endswith("\\")
            at += len(line)
        script = assembled(source, pieces)
        if closed(script.text):
            for command in run_script(project, path, script, {}):
                yield Launch(path, command)


CARRIER = Carrier((Kind.OTHER,), read, name=r"\.(?:md|markdown)$", marks=("```|~~~",))
