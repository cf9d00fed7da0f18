"""Python programs that start others: `subprocess`, `os.system`, and SageMaker's estimators.

An estimator runs `entry_point` in `source_dir` with its hyperparameters as words, by name (sagemaker-training-toolkit 5,
mapping.py `to_cmd_args`, torch_distributed.py); how many GPUs an instance has follows from its type.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from qp_lint.carriers.base import Carrier, Launch, Mounts, constant, in_folder, run_script, run_string, run_words, variables
from qp_lint.discover import Kind, is_test
from qp_lint.evaluate import PROCESSES, Program, evaluate
from qp_lint.parse.shell import Command
from qp_lint.project import Project
from qp_lint.text import Span
from qp_lint.tree import ANY_WORDS, Call, Choice, Mapping, Node, Reference, Scalar, Sequence, Unknown, choice, string

ESTIMATORS = ("HuggingFace", "PyTorch")
CODE = "/opt/ml/code"  # where SageMaker puts `source_dir`
GPUS = {
    **dict.fromkeys(("p4d.24xlarge", "p4de.24xlarge", "p5.48xlarge", "p5e.48xlarge", "p5en.48xlarge"), 8),
    **dict.fromkeys(("p3.16xlarge", "p3dn.24xlarge", "g5.48xlarge", "g6.48xlarge", "g6e.48xlarge", "g4dn.metal"), 8),
    **dict.fromkeys(("p3.8xlarge", "g4dn.12xlarge"), 4),
    **{f"{family}.{size}xlarge": 4 for family in ("g5", "g6", "g6e") for size in (12, 24)},
    **{f"{family}.{size}xlarge": 1 for family in ("g5", "g6", "g6e", "g4dn") for size in ("", 2, 4, 8, 16)},
    **dict.fromkeys(("p3.2xlarge", "p5.4xlarge"), 1),
}


def read(project: Project, path: str) -> Iterator[Launch]:
    """The commands of a program."""
    if is_test(path):
        return
    program = evaluate(project, path, directory=posixpath.dirname(path))
    for call in program.calls:
        last = call.function.rpartition(".")[2]
        if call.function in PROCESSES:
            yield from _process(project, path, program, call)
        elif last in ESTIMATORS and call.function.startswith("sagemaker."):
            yield from _estimator(project, path, call)


def _process(project: Project, path: str, program: Program, call: Call) -> Iterator[Launch]:
    """The command of `subprocess.run(…)` and its relatives."""
    given = call.argument("args", 0) or call.argument("command", 0) or Unknown()
    env = {**program.env, **variables(call.argument("env"))}
    folder = call.argument("cwd")
    for option in given.options if isinstance(given, Choice) else (given,):
        if isinstance(option, Sequence):
            commands = run_words(project, path, _words(option, call.span), env)
        else:
            commands = run_string(project, path, option, env)
        for command in commands:
            launch = _launched(path, call, command)
            if folder is None or (isinstance(folder, Scalar) and folder.value is None):
                yield launch
            elif (name := string(folder)) is not None:
                yield in_folder(launch, name)


def _launched(path: str, call: Call, command: Command, folders: tuple[str, ...] = ()) -> Launch:
    """A command that a call starts."""
    place = call.span or command.span
    maybe = command.maybe or bool(call.when)
    inner = Command(command.words, command.env, place, command.directory, maybe, command.stdin, command.callers, command.turns)
    return Launch(path, inner, folders)


def _words(sequence: Sequence, place: Span | None) -> list[Node]:
    words = [_word(item) for item in sequence.items]
    return [*words, Unknown(hint=ANY_WORDS, span=place)] if sequence.open else words


def _word(node: Node) -> Node:
    """A value as a word of a command."""
    if isinstance(node, Choice):
        return choice([_word(option) for option in node.options], span=node.span, branch=node.branch)
    if isinstance(node, Reference) and node.name == "sys.executable":
        return Scalar("python", "python", span=node.span, via=node.via)
    if not isinstance(node, Scalar):
        return Unknown(span=node.span, via=node.via)
    text = "" if node.value is None else str(node.value)
    return Scalar(text, text, span=node.span, via=node.via)


def _estimator(project: Project, path: str, call: Call) -> Iterator[Launch]:
    """The command that the container of an estimator runs."""
    entry = call.argument("entry_point")
    name = string(entry)
    if name is None or entry is None:
        return
    options = _hyperparameters(call)
    source = string(call.argument("source_dir")) or ""
    base = posixpath.dirname(path)
    folders = tuple(dict.fromkeys(posixpath.normpath(posixpath.join(folder, source)) for folder in (base, "")))
    folders = tuple("" if folder == "." else folder for folder in folders)
    env = variables(call.argument("environment"))
    place = call.span or entry.span
    if source.startswith(("/", "s3:")) or place is None:
        return
    commands: Iterator[Command]
    if name.endswith(".sh"):
        found = next((at for folder in folders if (at := project.locate(posixpath.join(folder, name))) is not None), None)
        text = project.source(found) if found is not None else None
        commands = run_script(project, found or path, text, env, options) if text is not None else iter(())
    else:
        commands = iter((Command((*_launcher(call, place), Scalar(name, name, span=entry.span), *options), env, place),))
    for command in commands:
        yield _launched(path, call, Mounts(CODE).moved(command), folders)


def _hyperparameters(call: Call) -> list[Node]:
    """The hyperparameters as words, in the order of their names."""
    given = call.argument("hyperparameters")
    if given is None or (isinstance(given, Scalar) and given.value is None):
        return []
    known = given if isinstance(given, Mapping) else Mapping({}, True, span=given.span)
    words: list[Node] = []
    for name, entry in sorted(known.entries.items()):
        flag = f"--{name}" if len(name) > 1 else f"-{name}"
        words += [Scalar(flag, flag, span=entry.span or entry.value.span), _word(entry.value)]
    return [*words, Unknown(hint=ANY_WORDS, span=given.span)] if known.open else words


def _launcher(call: Call, place: Span) -> list[Node]:
    """What starts the entry point: Python, torchrun or, for the other ways to distribute, mpirun."""
    distribution = call.argument("distribution")
    kind = string(call.argument("instance_type")) or ""
    count = GPUS.get(kind.removeprefix("ml."))
    nodes = call.argument("instance_count")
    hosts = nodes.value if isinstance(nodes, Scalar) and isinstance(nodes.value, int) else None
    spans = (distribution.span or place) if distribution is not None else place
    if not isinstance(distribution, Mapping):
        return [constant("python", place)]
    if _enabled(distribution, "torch_distributed"):
        number = constant(count, spans) if count is not None else Unknown(span=spans)
        machines = constant(hosts, spans) if hosts is not None else Unknown(span=spans)
        return [constant("torchrun", spans), constant("--nnodes", spans), machines, constant("--nproc_per_node", spans), number]
    if any(_enabled(distribution, name) for name in ("pytorchddp", "mpi", "smdistributed.dataparallel")):
        number = constant(count * hosts, spans) if count is not None and hosts is not None else Unknown(span=spans)
        return [constant("mpirun", spans), constant("-np", spans), number, constant("python", place)]
    return [constant("python", place)]


def _enabled(distribution: Mapping, name: str) -> bool:
    value = distribution.get(f"{name}.enabled")
    return isinstance(value, Scalar) and bool(value.value)


_PROGRAMS = r"torchrun|torch\.distributed\.\w+|accelerate|deepspeed|llamafactory-cli|axolotl|litgpt|[\w./-]+\.(?:py|sh)"
CARRIER = Carrier(
    (Kind.PYTHON, Kind.NOTEBOOK),
    read,
    marks=(
        r"\bsubprocess\b|\bos\.(?:system|popen)\b|\bsagemaker\b",
        # one of these as the first word of a string or behind a blank in it, at the beginning of a line, or an estimator's
        rf"[\"'](?:[^\"'\n]*[ \t])?(?:{_PROGRAMS})[\"' \\]|^[ \t]*(?:torchrun|accelerate launch|deepspeed) |\bentry_point\b",
    ),
)
