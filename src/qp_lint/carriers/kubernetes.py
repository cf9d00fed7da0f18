"""Kubernetes: the containers of any resource; PyTorchJob, MPIJob and TrainJob of Kubeflow, RayJob, templates of Argo.

Images are not known; what containers run is taken to be the project's when its files have those names.  What a ConfigMap of the
same file holds is added to the project's files, and lies where a container mounts it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, Mounts, children, constant, run_string, run_words, variables, words_of
from qp_lint.discover import Kind
from qp_lint.parse.strings import embedded
from qp_lint.project import Project
from qp_lint.tree import Mapping, Node, Scalar, Sequence, string

DEPTH = 20
CONTAINERS = ("containers", "initContainers", "container", "trainer")


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of every container."""
    documents = project.documents(path)
    for document in documents:
        if isinstance(document, Mapping) and document.get("data") and string(document.get("kind")) == "ConfigMap":
            _write(project, path, document)
    for document in documents:
        if isinstance(document, Mapping) and string(document.get("kind")):
            seen = set()
            for launch in _resource(project, path, document, _processes(document), 0):
                command = launch.command
                key = (tuple(map(string, command.words)), *((name, string(value)) for name, value in command.env.items()))
                if key not in seen:  # else a worker that does what the master does
                    seen.add(key)
                    yield launch


def _processes(resource: Mapping) -> dict[str, Node]:
    """The variables by which Kubeflow tells torchrun the counts (training-operator, pkg/controller.v1/pytorch; trainer v2)."""
    found: dict[str, Node] = {}
    for name, variable in (
        ("spec.nprocPerNode", "PET_NPROC_PER_NODE"),
        ("spec.elasticPolicy.nProcPerNode", "PET_NPROC_PER_NODE"),
        ("spec.trainer.numProcPerNode", "PET_NPROC_PER_NODE"),
        ("spec.trainer.numNodes", "PET_NNODES"),
    ):
        count = resource.get(name)
        if isinstance(count, Scalar):
            found[variable] = constant(count.value, count.span)
    return found


def _resource(project: Project, path: str, node: Node, env: dict[str, Node], depth: int) -> Iterator[Launch]:
    """The containers anywhere below a value."""
    if depth > DEPTH:
        return
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _resource(project, path, item, env, depth + 1)
    if not isinstance(node, Mapping):
        return
    for name, entry in node.entries.items():
        value = entry.value
        if name in CONTAINERS:
            for item in value.items if isinstance(value, Sequence) else (value,):
                if isinstance(item, Mapping):
                    yield from _container(project, path, item, env, node.get("volumes"))
        elif name == "entrypoint" and isinstance(value, Scalar):
            for command in run_string(project, path, value, env):
                yield Launch(path, Mounts().moved(command))
        else:
            yield from _resource(project, path, value, env, depth + 1)


def _container(project: Project, path: str, container: Mapping, env: dict[str, Node], volumes: Node | None) -> Iterator[Launch]:
    words = [*words_of(container.get("command")), *words_of(container.get("args"))]
    mounts = Mounts(string(container.get("workingDir")) or "")
    mounts.written += _mounted(path, volumes, container.get("volumeMounts"))
    for command in run_words(project, path, words, {**env, **variables(container.get("env"))}):
        yield Launch(path, mounts.moved(command))


def _folder(path: str, name: str) -> str:
    """The project folder in which the files of a ConfigMap are taken to lie."""
    return posixpath.join(posixpath.dirname(path), ".configmaps", name)


def _write(project: Project, path: str, resource: Mapping) -> None:
    """Add the files of a ConfigMap to those of the project."""
    folder = _folder(path, string(resource.get("metadata.name")) or "")
    for name, node in children(resource, "data"):
        source = embedded([node]) if isinstance(node, Scalar) and isinstance(node.value, str) else None
        if source is not None and posixpath.basename(name) == name:
            project.write(posixpath.join(folder, name), source)


def _mounted(path: str, volumes: Node | None, mounts: Node | None) -> Iterator[tuple[str, str]]:
    """The places inside a container at which it finds ConfigMaps, and their folders."""
    named: dict[str | None, str | None] = {}
    for volume in volumes.items if isinstance(volumes, Sequence) else ():
        if isinstance(volume, Mapping):
            named[string(volume.get("name"))] = string(volume.get("configMap.name"))
    for mount in mounts.items if isinstance(mounts, Sequence) else ():
        if isinstance(mount, Mapping) and (source := named.get(string(mount.get("name")))) is not None:
            part = string(mount.get("subPath")) or ""
            yield posixpath.normpath(string(mount.get("mountPath")) or ""), posixpath.join(_folder(path, source), part)


CARRIER = Carrier(
    (Kind.YAML,), read, marks=(r"^[ \t]*apiVersion[ \t]*:", r"^[ \t]*kind[ \t]*:", r"(?:command|args|entrypoint)[ \t]*:")
)
