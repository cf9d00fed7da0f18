"""What one carrier module tells the rest of qp-lint.

A module in this package defines `CARRIER = Carrier(...)`; the registry finds it by walking the package.  Everything in it
is about where commands stand: which files hold them, in which folder and environment they run.  What a command means is the
business of the frameworks.
"""

from __future__ import annotations

import dataclasses
import itertools
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qp_lint.discover import Kind
from qp_lint.parse.shell import Command, Script, parse_shell
from qp_lint.parse.strings import Piece, embedded
from qp_lint.project import Project
from qp_lint.text import Source, Span, pieces_of
from qp_lint.tree import Mapping as Tree
from qp_lint.tree import Node, Scalar, Unknown, string
from qp_lint.tree import Sequence as Items

CODE_FOLDERS = ("/workspace", "/app", "/code")  # where images have a project by convention
SHELLS = frozenset(("bash", "sh", "zsh", "dash", "/bin/bash", "/bin/sh", "/usr/bin/bash", "/bin/zsh"))
_REFERENCE = re.compile(r"\$\(([A-Za-z_]\w*)\)")


@dataclass(frozen=True, slots=True)
class Launch:
    """A command that may start a run, and the file that holds it.

    `folders`: the working directories it may have, likeliest first; empty for the folder of its file and those above.
    """

    path: str
    command: Command
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrier:
    """One kind of file that carries launch commands.

    `read(project, path)` gives the launches of a file whose kind is one of `kinds`, whose project path matches `name` (a regular
    expression) and whose text matches each of `marks`: cheap tests, for most files are not carriers.
    """

    kinds: tuple[Kind, ...]
    read: Callable[[Project, str], Iterable[Launch]]
    name: str = ""
    marks: tuple[str, ...] = field(default=())


def words_of(node: Node | None) -> list[Node]:
    """A list of words (`["python", "train.py", 8]`): numbers and truth values as text, everything else but strings as unknown."""
    items = node.items if isinstance(node, Items) else ()
    return [_word(item) for item in items]


def _word(node: Node) -> Node:
    if isinstance(node, Scalar):
        value = node.value if isinstance(node.value, str) else node.raw
        return dataclasses.replace(node, value=value)
    return Unknown(span=node.span, via=node.via)


def variables(node: Node | None) -> dict[str, Node]:
    """Environment variables as a mapping, a list of `NAME=value`, or Kubernetes' list of `{name, value}`."""
    found: dict[str, Node] = {}
    if isinstance(node, Tree):
        return {name: _word(entry.value) for name, entry in node.entries.items()}
    for item in node.items if isinstance(node, Items) else ():
        if isinstance(item, Tree) and (name := string(item.get("name"))):
            value = item.get("value")
            found[name] = _word(value) if value is not None else Unknown(span=item.span)
        elif isinstance(item, Scalar) and "=" in str(item.value):
            name, _, text = str(item.value).partition("=")
            found[name] = Scalar(text, text, span=item.span)
    return found


def run_script(
    project: Project, path: str, source: Source, env: Mapping[str, Node], arguments: Sequence[Node] | None = None
) -> Iterator[Command]:
    """The commands of a shell text inside a file, run with these variables; files that it writes are added to the project."""
    script = parse_shell(source, env=env, read=project.opener(path), arguments=arguments)
    add_files(project, path, script)
    yield from script.commands


def add_files(project: Project, path: str, script: Script) -> None:
    """Add what a script writes with here-documents to the project's files: seen from its folder and from the root."""
    for name, source in script.files.items():
        for folder in ("", posixpath.dirname(path)):
            project.write(posixpath.normpath(posixpath.join(folder, name)), source)


def run_string(project: Project, path: str, node: Node | None, env: Mapping[str, Node]) -> Iterator[Command]:
    """The commands of a string that a shell runs."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        source = embedded([node])
        if source is not None:
            yield from run_script(project, path, source, env)


def run_words(project: Project, path: str, words: Sequence[Node], env: Mapping[str, Node]) -> Iterator[Command]:
    """The commands of a list of words that is run without a shell, or of the script that it gives to one (`bash -c …`)."""
    words = [_resolved(word, env) for word in words]
    place = next((word.span for word in words if word.span is not None), None)
    if not words or place is None:
        return
    if string(words[0]) in SHELLS:
        for flag, script in itertools.pairwise(words):
            if re.fullmatch(r"-\w*c", string(flag) or ""):
                yield from run_string(project, path, script, env)
                return
    last = next((word.span for word in reversed(words) if word.span is not None and word.span.source is place.source), place)
    span = Span(place.source, min(place.start, last.start), max(place.end, last.end))
    yield Command(tuple(words), env, span)


def _resolved(word: Node, env: Mapping[str, Node]) -> Node:
    """A word with Kubernetes' `$(NAME)` replaced by the variable; unknown when that is."""
    text = string(word)
    if text is None or "$(" not in text:
        return word
    values = {name: string(env.get(name)) for name in _REFERENCE.findall(text)}
    if not values or None in values.values():
        return Unknown(span=word.span, via=word.via) if values else word
    replaced = _REFERENCE.sub(lambda match: values[match[1]] or "", text)
    return Scalar(replaced, replaced, span=word.span, via=word.via)


def run_any(project: Project, path: str, node: Node | None, env: Mapping[str, Node]) -> Iterator[Command]:
    """The commands of what may be a string for a shell or a list of words."""
    if isinstance(node, Items):
        yield from run_words(project, path, words_of(node), env)
    else:
        yield from run_string(project, path, node, env)


def children(tree: Node | None, *names: str) -> Iterator[tuple[str, Node]]:
    """The entries of a nested mapping: of `services` each name and service."""
    node = tree
    for name in names:
        node = node.get(name) if isinstance(node, Tree) else None
    if isinstance(node, Tree):
        yield from ((name, entry.value) for name, entry in node.entries.items())


def constant(value: object, span: Span | None) -> Scalar:
    """A word that follows from what is written at `span`."""
    return Scalar(str(value), str(value), span=span)


def in_folder(launch: Launch, inside: str | None) -> Launch:
    """The same launch, started in a folder below (or above) the ones that it may be started in."""
    known = launch.command.directory
    if not inside or known is None or known.startswith("/") or inside.startswith(("/", "~", "$")):
        return launch
    directory = posixpath.normpath(posixpath.join(inside, known))
    command = dataclasses.replace(launch.command, directory="" if directory == "." else directory)
    return dataclasses.replace(launch, command=command)


def env_file(project: Project, path: str, name: str | None) -> dict[str, Node]:
    """The variables of an `.env` file that a file at `path` names."""
    found = project.sourced(path, name) if name else None
    source = project.source(found) if found is not None else None
    if found is None or source is None:
        return {}
    project.opened[source.path] = found
    return dict(parse_shell(source, export_all=True).env)


def rewritten(script: Source, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> Iterator[Piece]:
    """The pieces of an embedded source, with `value` in the place of what matches a pattern."""
    at = 0
    for match in pattern.finditer(script.text):
        yield from pieces_of(script, at, match.start())
        for place, _ in pieces_of(script, match.start(), match.start() + 1):
            yield place, value(match)
        at = match.end()
    yield from pieces_of(script, at, len(script.text))


@dataclass(slots=True)
class Mounts:
    """Where the files of a project lie in a container: (folder inside, project folder), and the working directory inside.

    `written` are folders that what starts the container fills by itself, beside those that the image may have.
    """

    directory: str = ""
    folders: list[tuple[str, str]] = field(default_factory=list)
    written: list[tuple[str, str]] = field(default_factory=list)

    def add(self, inside: str, folder: str) -> None:
        """Files of `folder` lie at `inside`."""
        inside = posixpath.normpath(posixpath.join(self.directory or "/", inside))
        self.folders.insert(0, (inside, "" if folder in (".", "./") else posixpath.normpath(folder)))

    def volume(self, text: str) -> None:
        """`./src:/workspace:ro` of docker-compose."""
        outside, sign, inside = text.partition(":")
        if sign and outside.startswith("."):
            self.add(inside.partition(":")[0], outside)

    def outside(self, path: str) -> str | None:
        """The project path of an absolute path inside, None when nothing is known to lie there."""
        known = self.folders or [(place, "") for place in (self.directory, *CODE_FOLDERS) if place.startswith("/")]
        for inside, folder in (*self.written, *known):
            if path == inside or path.startswith(inside.rstrip("/") + "/"):
                return posixpath.normpath(posixpath.join(folder, path[len(inside) :].lstrip("/")))
        return None

    def moved(self, command: Command) -> Command:
        """A command with the paths of the project in the place of those in the container."""
        directory = command.directory
        if directory is not None:
            inside = posixpath.join(self.directory or "/", directory)
            directory = self.outside(posixpath.normpath(inside)) if self.directory or directory.startswith("/") else directory
        base = "" if directory in (None, ".") else str(directory)
        words = tuple(self.word(word, base) for word in command.words)
        env = {name: self.word(value, base) for name, value in command.env.items()}
        return dataclasses.replace(command, words=words, env=env, directory=base)

    def word(self, word: Node, base: str) -> Node:
        """A word, or the value behind its `=`, as a path from the project folder `base`."""
        text = string(word)
        flag, sign, name = (text or "").rpartition("=")
        found = self.outside(name) if name.startswith("/") else None
        if found is None or not isinstance(word, Scalar):
            return word
        return dataclasses.replace(word, value=flag + sign + posixpath.relpath(found, base or "."))
