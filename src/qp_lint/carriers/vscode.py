"""VS Code's launch.json: the Python configurations of the debugger."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, constant, env_file, in_folder, run_words, variables, words_of
from qp_lint.discover import Kind
from qp_lint.project import Project
from qp_lint.tree import ANY_WORDS, Mapping, Node, Scalar, Sequence, Unknown, string

ROOTS = ("${workspaceFolder}", "${workspaceRoot}")


def read(project: Project, path: str) -> Iterator[Launch]:
    """A launch for each configuration."""
    tree = project.data(path)
    configurations = tree.get("configurations") if isinstance(tree, Mapping) else None
    root = path.rpartition(".vscode/")[0].rstrip("/")
    for item in configurations.items if isinstance(configurations, Sequence) else ():
        if not isinstance(item, Mapping):
            continue
        program, module, args = item.get("program"), item.get("module"), item.get("args")
        place = item.get("type") or item
        python: list[Node] = [constant("python", place.span)]
        if module is not None:
            python += [constant("-m", module.span), module]
        elif program is not None:
            python.append(program)
        else:
            continue
        if isinstance(args, Scalar):
            python.append(Unknown(hint=ANY_WORDS, span=args.span))
        words = [_resolved(word) for word in [*python, *words_of(args)]]
        env = {**env_file(project, path, string(_resolved(item.get("envFile")))), **variables(item.get("env"))}
        for command in run_words(project, path, words, env):
            yield in_folder(Launch(path, command, (root,)), string(_resolved(item.get("cwd"))))


def _resolved(node: Node | None) -> Node:
    """A word with the workspace's folder as the working directory; other variables of the editor are not known."""
    text = string(node)
    if node is None or text is None:
        return node or Unknown()
    for name in ROOTS:
        text = text.replace(f"{name}/", "").replace(name, ".")
    if "${" in text:
        return Unknown(span=node.span)
    return dataclasses.replace(node, value=text) if isinstance(node, Scalar) else node


CARRIER = Carrier((Kind.JSON,), read, name=r"(?:^|/)\.vscode/launch\.json$")
