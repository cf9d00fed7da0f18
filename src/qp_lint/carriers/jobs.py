"""Job descriptions with a command or several: dstack, Azure ML, MosaicML's MCLI, Determined.

dstack (docs: reference/dstack.yml/task): `commands` of a `type: task`; Azure ML (commandJob and pipelineJob schemas): `command`,
run in the folder `code`, with `${{inputs.name}}`; MCLI: `command` of a run with `compute`; Determined: `entrypoint` as a list (as
one string it is `ray`'s business).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, in_folder, rewritten, run_script, run_words, variables, words_of
from qp_lint.discover import Kind
from qp_lint.parse.strings import embedded
from qp_lint.project import Project
from qp_lint.text import assembled
from qp_lint.tree import Mapping, Scalar, Sequence, string

_INPUT = re.compile(r"\$\{\{\s*inputs\.(\w+)\s*\}\}")


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of a job."""
    tree = project.data(path)
    if not isinstance(tree, Mapping):
        return
    if isinstance(tree.get("commands"), Sequence):
        yield from _dstack(project, path, tree)
    elif isinstance(tree.get("entrypoint"), Sequence):
        yield from _determined(project, path, tree)
    else:
        jobs = tree.get("jobs")
        for job in (tree, *(entry.value for entry in (jobs.entries.values() if isinstance(jobs, Mapping) else ()))):
            if isinstance(job, Mapping):
                yield from _command(project, path, job)


def _dstack(project: Project, path: str, tree: Mapping) -> Iterator[Launch]:
    """All commands of a task, run by one shell in the folder of the project."""
    commands = tree.get("commands")
    lines = [item for item in commands.items if isinstance(item, Scalar)] if isinstance(commands, Sequence) else []
    source = embedded(piece for line in lines for piece in (line, Scalar("\n", span=line.span)))
    if source is not None:
        env = variables(tree.get("env"))
        for command in run_script(project, path, source, env):
            yield in_folder(Launch(path, command), string(tree.get("working_dir")))


def _determined(project: Project, path: str, tree: Mapping) -> Iterator[Launch]:
    env = variables(tree.get("environment.environment_variables"))
    for command in run_words(project, path, words_of(tree.get("entrypoint")), env):
        yield Launch(path, command)


def _command(project: Project, path: str, job: Mapping) -> Iterator[Launch]:
    """The `command` of an Azure ML job or of an MCLI run."""
    command = job.get("command")
    source = embedded([command]) if isinstance(command, Scalar) and isinstance(command.value, str) else None
    if source is None:
        return
    inputs = job.get("inputs")
    known = inputs if isinstance(inputs, Mapping) else Mapping({})

    def given(match: re.Match[str]) -> str:
        value = known.get(match[1])
        return str(value.value) if isinstance(value, Scalar) else "$_"

    text = source
    if source.host is not None and _INPUT.search(source.text):
        text = assembled(source.host.source, list(rewritten(source, _INPUT, given)))
    env = {**variables(job.get("environment_variables")), **variables(job.get("env_variables"))}
    for found in run_script(project, path, text, env):
        yield in_folder(Launch(path, found), string(job.get("code")))


CARRIER = Carrier(
    (Kind.YAML,),
    read,
    marks=(
        r"^[ \t]*(?:command|commands|entrypoint)[ \t]*:",
        r"^(?:type[ \t]*:[ \t]*task|compute[ \t]*:|jobs[ \t]*:|searcher[ \t]*:|\$schema[ \t]*:.*azureml)",
    ),
)
