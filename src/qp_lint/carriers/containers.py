"""Commands that start in a container: `docker run … image command`, `apptainer exec`, `enroot start`, `kubectl exec … -- …`.

Where the project's files lie in the container follows from volumes (docker-run(1), apptainer-exec(1), `srun --container-mounts`
of pyxis); a container of Docker or Kubernetes does not see the variables of its caller, the others do.
"""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping, Sequence

from qp_lint.carriers.base import Launch, Mounts, env_file
from qp_lint.parse.shell import Command
from qp_lint.project import Project
from qp_lint.tree import Node, Scalar, Unknown, string

DOCKER = frozenset(("docker", "podman", "nerdctl", "docker-compose"))
APPTAINER = frozenset(("apptainer", "singularity"))
ENROOT = frozenset(("enroot",))
KUBECTL = frozenset(("kubectl", "oc"))
STARTS = frozenset(("run", "exec", "start"))
LETTERS = frozenset("-ditPqT")  # of options without a value: `-it`
SWITCHES = frozenset(
    (
        *("--detach", "--interactive", "--tty", "--rm", "--privileged", "--init", "--read-only", "--publish-all", "--quiet"),
        *("--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--build", "--no-deps", "--service-ports", "--use-aliases"),
    )
)
VALUES = frozenset(  # of Apptainer, where most options are switches
    (
        *("-B", "--bind", "--pwd", "--cwd", "--env", "--env-file", "-H", "--home", "-o", "--overlay", "-W", "--workdir", "-S"),
        *("-m", "-e", "-c", "-r", "--conf", "--root"),  # enroot-start
        *("--scratch", "--mount", "--app", "--hostname", "--network", "--network-args", "--security", "--no-mount", "--dns"),
    )
)


def unboxed(project: Project, launch: Launch) -> Launch:
    """The launch that a container starts, with the paths of the project; any other launch as it is."""
    words = launch.command.words
    for index, word in enumerate(words):
        name = posixpath.basename(string(word) or "")
        found: Command | None = None
        if name in DOCKER or name in APPTAINER or name in ENROOT:
            found = _inside(project, launch, index, name in DOCKER)
        elif name in KUBECTL:
            found = _in_pod(launch.command, index)
        elif name == "srun":
            found = _in_job(launch.command, index)
        if found is not None:
            return dataclasses.replace(launch, command=found)
    return launch


def _in_pod(command: Command, at: int) -> Command | None:
    """`kubectl exec pod -- command`, `kubectl run name --image=… -- command`."""
    texts = [string(word) for word in command.words]
    begin = next((index + 1 for index in range(at, len(texts)) if texts[index] == "--"), len(texts))
    if begin >= len(texts):
        return None
    return Mounts().moved(dataclasses.replace(command, words=(*command.words[:at], *command.words[begin:]), env={}))


def _in_job(command: Command, at: int) -> Command | None:
    """`srun --container-image=… --container-mounts=$PWD:/workspace --container-workdir=/workspace command` of pyxis."""
    given: dict[str, str] = {}
    for index in range(at + 1, len(command.words)):
        name, sign, value = _head(command.words[index]).partition("=")
        if name.startswith("--container-"):
            behind = string(command.words[index + 1]) if index + 1 < len(command.words) else None
            given[name] = value if sign else behind or ""
    if "--container-image" not in given and "--container-name" not in given:
        return None
    mounts = Mounts(given.get("--container-workdir", ""))
    for volume in given.get("--container-mounts", "").split(","):
        mounts.volume(volume)
    known = mounts.directory or mounts.folders
    return mounts.moved(dataclasses.replace(command, directory="") if mounts.directory else command) if known else None


def _inside(project: Project, launch: Launch, at: int, docker: bool) -> Command | None:
    """The command behind the image, or the name of a container."""
    command = launch.command
    texts = [string(word) for word in command.words]
    start = next((index for index in range(at + 1, len(texts)) if texts[index] in STARTS), None)
    if start is None:
        return None
    options = list(_options(command.words[start + 1 :], docker))
    begin = start + 2 + sum(count for _, _, count in options)  # behind the image
    if begin >= len(command.words):
        return None
    env: dict[str, Node] = {} if docker else dict(command.env)
    mounts = Mounts()
    folder = command.directory or ""
    for name, value, _ in options:
        text = string(value)
        if text and name in (("-w", "--workdir") if docker else ("--pwd", "--cwd")):
            mounts.directory = text
        elif text and (name in ("-v", "--volume", "-B", "--bind", "-m") or (name == "--mount" and "=" not in text)):
            outside, sign, inside = text.partition(":")
            if sign and outside.startswith("."):
                mounts.add(inside.partition(":")[0], posixpath.join(folder, outside))
        elif name == "--mount" and text:
            parts = dict(part.partition("=")[::2] for part in text.split(","))
            outside, inside = parts.get("source", parts.get("src", "")), parts.get("target", parts.get("dst", ""))
            if outside.startswith(".") and inside:
                mounts.add(inside, posixpath.join(folder, outside))
        elif name == "--env-file":
            env.update(env_file(project, launch.path, text))
        elif name in ("--env", "-e") and value is not None:
            env.update(_variable(value, command.env))
    inner = dataclasses.replace(command, words=(*command.words[:at], *command.words[begin:]), env=env)
    known = mounts.directory or mounts.folders
    return mounts.moved(dataclasses.replace(inner, directory="") if known else inner)


def _options(words: Sequence[Node], docker: bool) -> Iterator[tuple[str, Node | None, int]]:
    """(name, value, number of words) of the options before an image."""
    index = 0
    while index < len(words):
        text = _head(words[index])
        if not text.startswith("-"):
            return
        name, sign, value = text.partition("=")
        switch = name in SWITCHES or set(name) <= LETTERS if docker else name not in VALUES
        if sign or switch or index + 1 == len(words):
            yield name, _behind(words[index], value) if sign else None, 1
            index += 1
        else:
            yield name, words[index + 1], 2
            index += 2


def _variable(pair: Node, outer: Mapping[str, Node]) -> dict[str, Node]:
    """`NAME=value`, or `NAME` for the caller's variable of that name."""
    name, sign, value = _head(pair).partition("=")
    if not name:
        return {}
    return {name: _behind(pair, value) if sign else outer.get(name, Unknown(span=pair.span))}


def _head(word: Node) -> str:
    """What is sure of a word's beginning."""
    return (word.hint or "") if isinstance(word, Unknown) else string(word) or ""


def _behind(word: Node, value: str) -> Node:
    """The part of a word behind its `=`."""
    span = word.span
    if span is not None and span.text.endswith(value):
        span = dataclasses.replace(span, start=span.end - len(value))
    return Scalar(value, value, span=span, via=word.via) if isinstance(word, Scalar) else Unknown(span=word.span)
