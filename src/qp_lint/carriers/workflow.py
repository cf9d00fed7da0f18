"""GitHub and Gitea workflows: the `run:` steps of their jobs, and of composite actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, children, in_folder, rewritten, run_script, variables
from qp_lint.discover import Kind
from qp_lint.parse.strings import closed, embedded
from qp_lint.project import Project
from qp_lint.text import Source, assembled
from qp_lint.tree import Mapping, Node, Scalar, Sequence, string

_EXPRESSION = re.compile(r"\$\{\{\s*(?:env\.(?P<env>\w+)|matrix\.(?P<matrix>\w+))?.*?\}\}", re.S)
_SIMPLE = re.compile(r"[\w./:=+-]+")
SHELLS = ("bash", "sh", "zsh", "")


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of every step."""
    tree = project.data(path)
    if not isinstance(tree, Mapping):
        return
    folder = path.partition(".github/")[0].partition(".gitea/")[0].rstrip("/")
    jobs = [*children(tree, "jobs"), *(("", runs) for runs in [tree.get("runs")] if runs is not None)]
    for _, job in jobs:
        if not isinstance(job, Mapping):
            continue
        env = {**variables(tree.get("env")), **variables(job.get("env"))}
        matrix = dict(children(job, "strategy", "matrix"))
        defaults = [string(place.get("defaults.run.working-directory")) for place in (job, tree)]
        steps = job.get("steps")
        for step in steps.items if isinstance(steps, Sequence) else ():
            if isinstance(step, Mapping) and (string(step.get("shell")) or "").partition(" ")[0] in SHELLS:
                source = _source(step.get("run"), matrix)
                if source is None:
                    continue
                inside = string(step.get("working-directory")) or next(filter(None, defaults), None)
                for command in run_script(project, path, source, {**env, **variables(step.get("env"))}):
                    yield in_folder(Launch(path, command, (folder,)), inside)


def _source(run: Node | None, matrix: dict[str, Node]) -> Source | None:
    """A step's script: an entry of the matrix is a loop over its values, other expressions are not known."""
    script = embedded([run]) if isinstance(run, Scalar) and isinstance(run.value, str) else None
    if script is None or not closed(script.text):
        return script
    used: dict[str, list[Scalar]] = {}

    def value(match: re.Match[str]) -> str:
        if match["env"]:
            return f"${{{match['env']}}}"
        name = match["matrix"] or ""
        values = matrix.get(name)
        items = list(values.items) if isinstance(values, Sequence) and match[0].count(".") == 1 else []
        known = [item for item in items if isinstance(item, Scalar) and _SIMPLE.fullmatch(item.raw)]
        if not known or len(known) != len(items):
            return "$_"
        used[name] = known
        return f"${{matrix_{name}}}"

    pieces = list(rewritten(script, _EXPRESSION, value))
    for name, items in used.items():
        start = items[0].span.start if items[0].span else 0
        words = [(item.span.start, item.raw) for item in items if item.span is not None]
        spaced = [piece for at, word in words for piece in ((at, word), (at, " "))]
        pieces = [(start, f"for matrix_{name} in "), *spaced, (start, "; do\n"), *pieces, (start, "\ndone\n")]
    host = script.host
    return assembled(host.source, pieces) if host is not None else script


CARRIER = Carrier((Kind.YAML,), read, name=r"(?:^|/)(?:\.github|\.gitea)/|(?:^|/)action\.ya?ml$", marks=(r"^[ \t-]*run[ \t]*:",))
