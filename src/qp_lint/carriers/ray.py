"""Jobs of Ray and Anyscale: the `entrypoint:` of a YAML file.  RayJob resources are Kubernetes' (`kubernetes`)."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, run_string, variables
from qp_lint.discover import Kind
from qp_lint.project import Project
from qp_lint.tree import Mapping


def read(project: Project, path: str) -> Iterator[Launch]:
    """The command of the job."""
    tree = project.data(path)
    if isinstance(tree, Mapping):
        env = {**variables(tree.get("env_vars")), **variables(tree.get("runtime_env.env_vars"))}
        for command in run_string(project, path, tree.get("entrypoint"), env):
            yield Launch(path, command)


CARRIER = Carrier((Kind.YAML,), read, marks=(r"^entrypoint[ \t]*:",))
