"""Dockerfiles: RUN, CMD and ENTRYPOINT, with ENV, ARG, WORKDIR and what COPY puts where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from qp_lint.carriers.base import SHELLS, Carrier, Launch, Mounts, run_script, run_words, words_of
from qp_lint.discover import Kind
from qp_lint.parse import ParseError
from qp_lint.parse.json import parse_json
from qp_lint.parse.shell import Command, parse_shell
from qp_lint.parse.strings import Piece, closed
from qp_lint.project import Project
from qp_lint.text import Source, assembled, pieces_of
from qp_lint.tree import Node, Sequence, string

_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+")
_HERE = re.compile(r"<<-?[ \t]*([\"']?)(\w+)\1")
_OPTION = re.compile(r"--[\w-]+(?:=\S*)?[ \t]+")
_COMMENT = re.compile(r"[ \t]*#")


@dataclass(slots=True)
class _Stage:
    """One `FROM`: its variables, where the project's files are, what it starts."""

    env: dict[str, Node] = field(default_factory=dict)
    mounts: Mounts = field(default_factory=Mounts)
    entrypoint: Source | None = None
    command: Source | None = None

    def child(self) -> _Stage:
        """A stage that starts from this one."""
        mounts = Mounts(self.mounts.directory, list(self.mounts.folders))
        return _Stage(dict(self.env), mounts, self.entrypoint, self.command)


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of every stage."""
    source = project.source(path)
    stages: dict[str, _Stage] = {}
    stage = _Stage()
    for name, text in _instructions(source) if source is not None else ():
        words = text.text.split()
        if name == "FROM":
            yield from _started(project, path, stage)
            stage = stages[words[0]].child() if words and words[0] in stages else _Stage()
            if len(words) > 2 and words[-2].upper() == "AS":
                stages[words[-1]] = stage
        elif name in ("ENV", "ARG") and closed(text.text):
            stage.env = _variables(text, stage.env)
        elif name == "WORKDIR" and words:
            stage.mounts.directory = _joined(stage.mounts.directory, words[0])
        elif name in ("COPY", "ADD"):
            _copied(_OPTION.sub("", text.text).split(), "--from" in text.text, stage.mounts)
        elif name == "RUN":
            for command in _run(project, path, text, stage.env):
                yield Launch(path, stage.mounts.moved(command))
        elif name == "ENTRYPOINT":
            stage.entrypoint, stage.command = text, None
        elif name == "CMD":
            stage.command = text
    yield from _started(project, path, stage)


def _instructions(source: Source) -> Iterator[tuple[str, Source]]:
    """(name, text behind it) of every instruction, comments inside continued lines left out."""
    number, count = 1, len(source.lines)
    while number <= count:
        line = source.line(number)
        match = _INSTRUCTION.match(line)
        if match is None:
            number += 1
            continue
        pieces: list[Piece] = [(source.lines[number - 1] + match.end(), line[match.end() :] + "\n")]
        heres = [here[2] for here in _HERE.finditer(line)] if match[1].upper() in ("RUN", "COPY") else []
        number += 1
        while number <= count and (pieces[-1][1].rstrip().endswith("\\") or heres):
            line = source.line(number)
            if heres or not _COMMENT.match(line):
                pieces.append((source.lines[number - 1], line + "\n"))
            if heres and line.strip() == heres[0]:
                heres.pop(0)
            number += 1
        yield match[1].upper(), assembled(source, pieces)


def _variables(text: Source, env: dict[str, Node]) -> dict[str, Node]:
    """The variables behind `ENV A=1 B=2`, `ENV A 1` or `ARG A`."""
    pieces: list[Piece] = [(text.host.locate(0) if text.host else 0, "export ")]
    body = text.text
    old = re.match(r"(\w+)[ \t]+(?=[^\s=])(?!\w+=)", body)
    if old and "=" not in old[0]:
        body = f"{old[1]}='{body[old.end() :].strip()}'"
    pieces.append((pieces[0][0], body))
    host = text.host.source if text.host is not None else text
    return dict(parse_shell(assembled(host, pieces), env=env).env)


def _joined(directory: str, target: str) -> str:
    target = target.strip("\"'")
    return target if target.startswith("/") else f"{directory or ''}/{target}"


def _copied(words: list[str], elsewhere: bool, mounts: Mounts) -> None:
    """`COPY src dest`: a folder of the project lies at `dest`."""
    if elsewhere or len(words) < 2 or words[0].startswith(("[", "http", "<<")):
        return
    *sources, target = words
    for name in sources:
        last = name.rstrip("/").rpartition("/")[2]
        if "." in last.strip("./"):  # a file: it lies in the folder that is named, or has the name
            if target.endswith(("/", ".")):
                mounts.add(f"{target.rstrip('.')}{last}" if target != "." else last, name)
            else:
                mounts.add(target, name)
        else:
            mounts.add(target, name)


def _run(project: Project, path: str, text: Source, env: dict[str, Node]) -> Iterator[Command]:
    """The commands of an instruction in shell or exec form."""
    words = _exec(text)
    if words is not None:
        yield from run_words(project, path, words, env)
    else:
        yield from run_script(project, path, _document(text), env)


def _document(text: Source) -> Source:
    """Of `RUN <<EOF` the lines of the here-document, which are the script; else the text itself."""
    here = _HERE.match(text.text.lstrip())
    if here is None or len(text.lines) < 3:
        return text
    last = max(number for number in range(2, len(text.lines) + 1) if number == 2 or text.line(number).strip() == here[2])
    return assembled(text.host.source, pieces_of(text, text.lines[1], text.lines[last - 1])) if text.host is not None else text


def _exec(text: Source | None) -> list[Node] | None:
    """The words of `["python", "train.py"]`; None for shell form."""
    if text is None or not text.text.lstrip().startswith("["):
        return None
    try:
        found = parse_json(text)
    except ParseError:
        return None
    return words_of(found) if isinstance(found, Sequence) else None


def _started(project: Project, path: str, stage: _Stage) -> Iterator[Launch]:
    """What a stage's ENTRYPOINT and CMD run together."""
    entry, command = _exec(stage.entrypoint), _exec(stage.command)
    if stage.entrypoint is None or (entry and (string(entry[0]) or "").endswith(".sh")):
        found = _run(project, path, stage.command, stage.env) if stage.command is not None else iter(())
    elif entry is None:
        found = _run(project, path, stage.entrypoint, stage.env)
    elif command is None and stage.command is not None:
        shell = string(entry[0]) in SHELLS
        found = run_script(project, path, stage.command, stage.env) if shell else iter(())
    else:
        found = run_words(project, path, [*entry, *(command or [])], stage.env)
    for each in found:
        yield Launch(path, stage.mounts.moved(each))


CARRIER = Carrier((Kind.DOCKER,), read)
