"""Python programs: which trainings (or model loads) they hold, and the settings of each."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field

from qp_lint import frameworks
from qp_lint.diagnostics import Severity
from qp_lint.evaluate import Program, evaluate
from qp_lint.frameworks.derive import GROUP_LAUNCHERS
from qp_lint.frameworks.environment import read_written, tell_processes
from qp_lint.project import Project
from qp_lint.run import RunBuilder
from qp_lint.tree import Call, Node, Scalar
from qp_lint.versions import Versions

TRAINING = frozenset({".train", ".fit"})  # methods of a trainer, transformers' and Lightning's
EVALUATING = frozenset({".evaluate", ".predict", ".test", ".validate"})


@dataclass(slots=True)
class ScriptReader:
    """Evaluates scripts, once for each launch that reaches them, and reads their calls into runs."""

    project: Project
    _programs: dict[object, Program] = field(default_factory=dict)
    _carriers: set[str] = field(default_factory=set)  # programs that were read for what they write

    def read(self, script: str, arguments: list[Node], builder: RunBuilder) -> bool:
        """Read the run of a script named on a command line; True unless it is no business of qp-lint."""
        if any(claim(script, arguments, builder) for claim in frameworks.claims(script)):
            return True
        builder.arguments = arguments
        tell_processes(builder)
        path = builder.locate(script)
        if path is not None:
            self.read_path(path, builder)
        launched = builder.known("launch.launcher") in GROUP_LAUNCHERS  # nobody spreads a program over processes for nothing
        return launched or not all(name.startswith("launch.") for name in builder.settings)

    def read_path(self, path: str, builder: RunBuilder) -> None:
        """Read a script of the project into `builder`, with the arguments that the builder has."""
        program = self.program(path, builder)
        builder.files += program.files
        builder.calls = program.calls
        builder.decisions += program.decisions
        builder.covers += program.covers
        builder.exclusive = program.exclusive
        if program.left:
            message = f"not followed to its end, because {program.left}; what comes later was not judged"
            self.project.note("QP907", message, path, severity=Severity.INFO)
        read_written(program.env, builder)
        read_program(program, builder)

    def write(self, path: str, versions: Callable[[str], Versions]) -> None:
        """Add the files that a program writes, which it then starts a command with."""
        if path not in self._carriers:
            self._carriers.add(path)
            self.program(path, RunBuilder(self.project, versions(path), directory=posixpath.dirname(path)))

    def program(self, path: str, builder: RunBuilder) -> Program:
        """The evaluated script, for the builder's arguments, environment and directory; what it writes is in the project then."""
        words = None if builder.arguments is None else tuple(map(_identity, builder.arguments))
        names = {**builder.env, **{f"{name} =": value for name, value in builder.parameters.items()}}
        known = tuple((name, _identity(node)) for name, node in sorted(names.items()))
        key = (path, builder.function, builder.directory, words, known)
        if key not in self._programs:
            self._programs.clear()  # what one launch asks for several times; the next one has other arguments
            self._programs[key] = evaluate(
                self.project,
                path,
                arguments=builder.arguments,
                env=builder.env,
                directory=builder.directory,
                function=builder.function,
                parameters=builder.parameters,
            )
        found = self._programs[key]
        for name, tree in found.written.items():
            self.project.write_data(name, tree)
        return found


def _identity(node: Node) -> object:
    return (node.value, node.span) if isinstance(node, Scalar) else id(node)


def read_program(program: Program, builder: RunBuilder) -> None:
    """Read one training of a program (`builder.part`): its root calls, and the calls that count for the whole program."""
    groups = trainings(program)
    kind = "train"
    if not groups:
        groups = [[call] for call in program.calls if frameworks.is_load(call.function)]
        kind = "infer"
    builder.parts = max(len(groups), 1)
    group = groups[builder.part] if builder.part < len(groups) else []
    if len(group) == 1:
        guards = [arm for order, arm in program.guards if order <= group[0].order]
        builder.forced.update({arm.branch: arm.index for arm in (*guards, *group[0].when)})
    for call in program.calls:
        if frameworks.is_global(call.function) and builder.takes(call.when):
            frameworks.read(call, builder)
    for root in group:
        if builder.takes(root.when):
            read_root(root, program, builder, kind)
    if kind == "train" and group and not builder.is_set("model.name"):
        read_only_model(program, builder)


def trainings(program: Program) -> list[list[Call]]:
    """The root calls of each training: a trainer object each, the calls of hand-written loops together."""
    roots = [call for call in program.calls if frameworks.is_root(call.function)]
    trainers = [call for call in roots if call.function.endswith("Trainer")]
    if trainers:
        return [[call] for call in trainers]
    return [roots] if roots else []


def read_root(root: Call, program: Program, builder: RunBuilder, kind: str) -> None:
    """Read a root call: what it says, its framework, its place, and what is done with it."""
    if root.span is not None:
        builder.spans.append(root.name_span or root.span)
        builder.labels.append(root.span)
    framework = frameworks.framework_of(root.function)
    if framework is not None and not builder.is_set("framework"):
        builder.default("framework", framework, span=root.name_span)
    if not builder.is_set("purpose"):
        builder.default("purpose", purpose(root, program) if kind == "train" else kind, span=root.name_span)
    frameworks.read(root, builder)
    if kind == "infer":
        read_wrappers(root, program, builder)


def purpose(root: Call, program: Program) -> str:
    """What is done with what a root call makes: a trainer may only evaluate, a prepared model may only infer."""
    if root.function.endswith("Trainer"):
        done = methods(root, program)
        return "eval" if not done & TRAINING and done & EVALUATING else "train"
    functions = {call.function for call in program.calls}
    return "train" if functions & {".backward", ".step", "deepspeed.initialize"} else "infer"


def methods(value: Call, program: Program) -> set[str]:
    """The methods that are called on the result of a call."""
    return {
        call.function
        for call in program.calls
        if isinstance(call.receiver, Call) and call.receiver.order == value.order and call.function.startswith(".")
    }


def read_only_model(program: Program, builder: RunBuilder) -> None:
    """A hand-written loop names no model: when the program loads exactly one, that is the one (with what wraps it)."""
    loads = [call for call in program.calls if frameworks.is_load(call.function) and builder.takes(call.when)]
    if len(loads) != 1:
        return
    frameworks.read(loads[0], builder)
    read_wrappers(loads[0], program, builder)


def read_wrappers(model: Call, program: Program, builder: RunBuilder) -> None:
    """Read the calls that a loaded model is handed to first: what wraps it, such as `PeftModel.from_pretrained(model, …)`."""
    for call in program.calls:
        inner = call.args[0] if call.args else None
        if isinstance(inner, Call) and inner.order == model.order and builder.takes(call.when):
            frameworks.read(call, builder)
