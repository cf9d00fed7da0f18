"""docker-compose: the command and entrypoint of every service.

Compose puts the variables of its own environment and of the file `.env` into a text before anything runs; `$$` is a dollar sign.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from qp_lint.carriers.base import (
    Carrier,
    Launch,
    Mounts,
    children,
    env_file,
    rewritten,
    run_script,
    run_words,
    variables,
    words_of,
)
from qp_lint.discover import Kind
from qp_lint.parse.shell import Command
from qp_lint.parse.strings import embedded
from qp_lint.project import Project
from qp_lint.text import assembled
from qp_lint.tree import Mapping, Node, Scalar, Sequence, Unknown, string, through

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<op>:?-)(?P<default>[^{}$]*))?\}|(?P<bare>[A-Za-z_]\w*))")


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of the services; a service without one runs what its image says."""
    host = env_file(project, path, ".env")
    for _, service in children(project.data(path), "services"):
        if not isinstance(service, Mapping):
            continue
        env = {}
        files = service.get("env_file")
        for file in files.items if isinstance(files, Sequence) else (files,):
            env.update(env_file(project, path, string(file)))
        env.update({name: _filled(value, host) for name, value in variables(service.get("environment")).items()})
        mounts = Mounts(string(service.get("working_dir")) or "")
        volumes = service.get("volumes")
        for volume in volumes.items if isinstance(volumes, Sequence) else ():
            mounts.volume(string(volume) or "")
        command, entrypoint = service.get("command"), service.get("entrypoint")
        if isinstance(entrypoint, Sequence) and isinstance(command, Sequence):
            found = run_words(project, path, _words(Sequence((*entrypoint.items, *command.items)), host), env)
        else:
            found = (each for node in (entrypoint, command) for each in _run(project, path, node, env, host))
        for each in found:
            yield Launch(path, mounts.moved(each))


def _run(project: Project, path: str, node: Node | None, env: dict[str, Node], host: dict[str, Node]) -> Iterator[Command]:
    """The commands of a string for a shell, or of a list of words."""
    if isinstance(node, Sequence):
        yield from run_words(project, path, _words(node, host), env)
    elif isinstance(node, Scalar) and (source := embedded([node])) is not None and source.host is not None:
        pieces = rewritten(source, _VARIABLE, lambda match: _known(match, host) or match[0])
        yield from run_script(project, path, assembled(source.host.source, list(pieces)), env)


def _words(node: Sequence, host: dict[str, Node]) -> list[Node]:
    words = []
    for word in words_of(node):
        text = string(word) or ""
        text = _VARIABLE.sub(lambda match: _known(match, host) or match[0], text)
        words.append(dataclasses.replace(word, value=text, raw=text) if isinstance(word, Scalar) else word)
    return words


def _known(match: re.Match[str], host: dict[str, Node]) -> str | None:
    """What Compose puts for a variable; None where that is not known."""
    return "$" if match[0] == "$$" else string(host.get(match["braced"] or match["bare"]))


def _filled(node: Node, host: dict[str, Node]) -> Node:
    """The value of a variable of the container; a default counts where nothing else is known."""
    text = string(node) or ""
    whole = _VARIABLE.fullmatch(text)
    if whole is not None and (found := host.get(whole["braced"] or whole["bare"] or "")) is not None:
        return through(found, node.span)
    values = [(match, _known(match, host)) for match in _VARIABLE.finditer(text)]
    values = [(match, match["default"] if value is None else value) for match, value in values]
    if not values or not isinstance(node, Scalar):
        return node
    if any(value is None for _, value in values):
        return Unknown(span=node.span, via=node.via)
    for match, value in reversed(values):
        text = text[: match.start()] + (value or "") + text[match.end() :]
    return dataclasses.replace(node, value=text, raw=text)


CARRIER = Carrier(
    (Kind.YAML,), read, name=r"compose[^/]*\.ya?ml$", marks=(r"^services[ \t]*:", r"command[ \t]*:|entrypoint[ \t]*:")
)
