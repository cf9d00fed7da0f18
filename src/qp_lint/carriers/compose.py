"""docker-compose: the command and entrypoint of every service."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, Mounts, children, env_file, run_any, run_words, variables, words_of
from qp_lint.discover import Kind
from qp_lint.project import Project
from qp_lint.tree import Mapping, Sequence, string


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of the services; a service without one runs what its image says."""
    for _, service in children(project.data(path), "services"):
        if not isinstance(service, Mapping):
            continue
        env = {}
        files = service.get("env_file")
        for file in files.items if isinstance(files, Sequence) else (files,):
            env.update(env_file(project, path, string(file)))
        env.update(variables(service.get("environment")))
        mounts = Mounts(string(service.get("working_dir")) or "")
        volumes = service.get("volumes")
        for volume in volumes.items if isinstance(volumes, Sequence) else ():
            mounts.volume(string(volume) or "")
        command, entrypoint = service.get("command"), service.get("entrypoint")
        if isinstance(entrypoint, Sequence) and isinstance(command, Sequence):
            found = run_words(project, path, [*words_of(entrypoint), *words_of(command)], env)
        else:
            found = (each for node in (entrypoint, command) for each in run_any(project, path, node, env))
        for each in found:
            yield Launch(path, mounts.moved(each))


CARRIER = Carrier(
    (Kind.YAML,), read, name=r"compose[^/]*\.ya?ml$", marks=(r"^services[ \t]*:", r"command[ \t]*:|entrypoint[ \t]*:")
)
