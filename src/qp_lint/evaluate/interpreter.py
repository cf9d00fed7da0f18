"""The state of one evaluation: modules, recorded calls, undecided branches, the budget."""

from __future__ import annotations

import dataclasses
import posixpath
import sys
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from typing import TYPE_CHECKING

from qp_lint.evaluate import Program
from qp_lint.evaluate.branches import Frame, Guard
from qp_lint.evaluate.state import State
from qp_lint.evaluate.values import Argv, File, Function, Instance, Lazy, Module, Scope
from qp_lint.parse import ParseError
from qp_lint.project import Project
from qp_lint.text import Span
from qp_lint.tree import Arm, Call, Choice, Cover, Decision, Entry, Node, Reference, Scalar, Sequence, Unknown, through

if TYPE_CHECKING:
    import libcst

STEPS = 200_000  # expressions and statements of one program
CALLS = 20_000  # recorded calls of one program
MODULES = 100  # modules of the project that one program imports
RECURSION = 4_000  # Python frames: an expression may nest some hundred levels, each a few frames
PLACES = 6  # places that a value remembers to have passed


class Stop(Exception):
    """The budget is spent, or the program ends."""


class Interpreter:
    """Evaluates one script as `__main__`."""

    def __init__(self, project: Project, arguments: list[Node] | None, env: Map[str, Node], directory: str) -> None:
        self.project = project
        self.arguments = arguments
        self.env: dict[str, Node] = dict(env)
        self.found: dict[object, str | None] = {}  # project paths of modules by what was imported from where
        self.changed: dict[int, frozenset[str]] = {}  # the names that a loop body assigns
        self.parts: dict[object, tuple[Node, Node]] = {}
        self.unset: dict[str, Node] = {}  # what variables are that nobody sets here: unknown, but always the same
        self.flags = Instance(None, open=True)  # absl's FLAGS
        self.directory = directory
        self.parameters: dict[str, Node] = {}  # of a notebook that papermill runs
        self.script = ""
        self.folder = ""  # of the script
        self.state = State()
        self.calls: list[Call] = []
        self.arms: list[Arm] = []
        self.narrowed: list[dict[int, tuple[Node, Node]]] = []
        self.branches: dict[int, tuple[Node, Span]] = {}  # the branch that a value decides, by the value's identity
        self.tests: dict[Span, int] = {}  # how many tests opened a branch
        self.comparisons: dict[tuple[str, object, object], tuple[Node, Node, Node]] = {}
        self.guards: list[Guard] = []
        self.decisions: dict[Decision, None] = {}
        self.frames: list[Frame] = []
        self.active: list[tuple[libcst.CSTNode, Scope]] = []  # functions that are being evaluated, and where they were defined
        self.entries: list[Node] = []  # functions that are called once the script is read
        self.yielded: list[Node] = []  # what the innermost of them yields
        self.evaluated: dict[int, int] = {}  # how often each function was
        self.files: dict[str, Module] = {}
        self.waiting: dict[str, list[tuple[dict[str, Node], str, str]]] = {}  # names imported from modules not yet evaluated
        self.read: dict[str, None] = {}
        self.written: dict[str, Node] = {}  # data files, by project path
        self.covers: list[Cover] = []
        self.returned: Node = Scalar(None)
        self.ended = False  # a call that does not come back: sys.exit, a function that always raises
        self.steps = 0
        self.turns = 0  # of loops

    def run(self, path: str, function: str = "") -> Program:
        """Evaluate the script at a project path; with `function` import it and call that."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, RECURSION))
        left = ""
        try:
            self.script = path
            self.folder = path.rpartition("/")[0]
            module = self.module(path, posixpath.basename(path)[:-3] if function else "__main__")
            if function in module.file.names:
                self._start(module.file.names[function])
            for entry in () if function else tuple(self.entries):
                self._start(entry)
        except Stop:
            left = f"it takes more than {STEPS:,} steps" if self.steps > STEPS else f"it makes more than {CALLS:,} calls"
        except RecursionError:
            left = "its expressions are nested too deeply"
        finally:
            sys.setrecursionlimit(limit)
        guards = tuple((guard.order, guard.arm) for guard in self.guards if self.alone(guard.arm.branch))
        return Program(
            tuple(self.calls),
            dict(self.env),
            tuple(self.read),
            guards,
            tuple(self.decisions),
            tuple(self.covers),
            tuple(self._exclusive()),
            left,
            self.written,
        )

    def _exclusive(self) -> Iterator[tuple[Span, Span]]:
        """Pairs of branches whose tests cannot both be true: they compare one value with different constants."""
        seen: dict[object, list[tuple[Span, frozenset[object]]]] = {}
        for (name, subject, _), (test, _, wanted) in self.comparisons.items():
            constants = _constants(name, wanted)
            _, branch = self.branches.get(id(test), (None, None))
            if not constants or branch is None or not self.alone(branch):
                continue
            others = seen.setdefault(subject, [])
            yield from ((branch, other) for other, values in others if not values & constants)
            others.append((branch, constants))

    def _start(self, function: Node) -> None:
        """Call a function without arguments, from nowhere."""
        from qp_lint.evaluate.calls import Arguments, call

        self.frames.append(Frame(0))
        try:
            call(self, function, Arguments())
        finally:
            self.frames.pop()

    def step(self) -> None:
        """Count one step of the evaluation; raises Stop when the budget is spent."""
        self.steps += 1
        if self.steps > STEPS:
            raise Stop

    def module(self, path: str, name: str, package: str = "") -> Module:
        """The module at a project path, evaluated when it is asked for the first time (unfinished inside a cycle)."""
        if path in self.files:
            return self.files[path]
        folder = path.rpartition("/")[0]
        file = File(path, name, package, folder)
        module = self.files[path] = Module(file)
        file.names["__name__"] = Scalar(name)
        file.names["__file__"] = Scalar(path)
        file.tree = tree = self.project.module(path) if len(self.files) <= MODULES else None
        if tree is None:
            return module
        self.read[path] = None
        self._evaluate(file, tree.module)
        for names, bound, wanted in self.waiting.pop(path, ()):  # they got the values of now
            if isinstance(names.get(bound), Lazy) and not isinstance(value := file.names.get(wanted, Lazy(Unknown)), Lazy):
                names[bound] = value
        return module

    def _evaluate(self, file: File, tree: libcst.Module) -> None:
        """Run the top level of a module, outside of the branches in which it happens to be imported."""
        from qp_lint.evaluate.statements import block

        layers, self.state.layers = self.state.layers, []
        arms, self.arms = self.arms, []
        narrowed, self.narrowed = self.narrowed, []
        frame = Frame(0)
        self.frames.append(frame)
        try:
            body, scope = tree.body, Scope(file, file.names)
            if self.parameters and file.name == "__main__":
                first = self._parametrized(file, tree)
                block(self, body[:first], scope)
                file.names.update(self.parameters)
                body = body[first:]
            frame.settle(self, block(self, body, scope), Scalar(None))
        finally:
            self.frames.pop()
            self.state.layers, self.arms, self.narrowed = layers, arms, narrowed

    def _parametrized(self, file: File, tree: libcst.Module) -> int:
        """How many statements of a notebook run before its parameters are set."""
        notebook = self.project.notebook(file.path)
        if notebook is None or file.tree is None:
            return 0
        starts = [file.tree.span(statement).start for statement in tree.body]
        return sum(start < notebook.parameters for start in starts)

    def body(self, function: Function) -> libcst.BaseSuite | None:
        """The statements of a function of the project; None, with a note, when they cannot be read."""
        file = function.scope.file
        if file.tree is None:
            return None
        try:
            return file.tree.body(function.node)
        except ParseError as error:
            self.project.note_error(error, file.path, file.tree.source)
            return None

    def record(self, call: Call) -> Call:
        """Keep a library call; gives it its place in the order."""
        if len(self.calls) >= CALLS:
            raise Stop
        self.calls.append(call)
        return call

    def forget(self, mark: int) -> None:
        """The calls from `mark` on are those of a test: what they name is replaced, or is meant to fail."""
        for index in range(mark, len(self.calls)):
            self.calls[index] = dataclasses.replace(self.calls[index], function="unittest.mock")

    def library_call(
        self,
        function: str,
        args: tuple[Node, ...],
        keywords: dict[str, Entry],
        *,
        open: bool = False,
        receiver: Node | None = None,
        span: Span | None = None,
        name_span: Span | None = None,
    ) -> Call:
        """Record the call of something outside of the project."""
        return self.record(
            Call(
                function,
                args,
                keywords,
                open,
                receiver,
                order=len(self.calls),
                when=tuple(self.arms),
                name_span=name_span,
                span=span,
            )
        )

    def variable(self, name: str) -> Node | None:
        """An environment variable that the launch or the program sets."""
        return self.env.get(name)

    def unset_variable(self, name: str, default: Node | None = None) -> Node:
        """An environment variable of which nothing is known: the same value each time it is asked for."""
        from qp_lint.tree import choice

        unknown = self.unset.setdefault(name, Unknown(hint=name))
        return unknown if default is None else choice([default, unknown])

    def argv(self) -> Node:
        """`sys.argv`."""
        if self.arguments is None:
            return self.parts.setdefault("argv", (Argv(), Unknown()))[0]
        return Sequence((Scalar(self.script), *self.arguments))

    def branch_of(self, test: Node, span: Span) -> Span:
        """The branch that an undecided test opens: where it was tested first."""
        if id(test) not in self.branches:
            self.branches[id(test)] = (test, span)
            self.tests[span] = self.tests.get(span, 0) + 1
        return self.branches[id(test)][1]

    def alone(self, branch: Span) -> bool:
        """Whether a branch is that of one test, so that a guard settles every value that it decides."""
        return self.tests.get(branch, 0) <= 1

    def decided(self, value: Node, test: Span | None, region: Span | None, after: Span | None = None) -> None:
        """Keep what a known `value`, found at `test`, made of the program: see `tree.Decision`."""
        places = value.via if value.span is test else (value.span,)  # of a comparison: where its operands are written
        if test is not None and region is not None and (known := tuple(place for place in places if place is not None)):
            self.decisions[Decision(region, test, known, after)] = None

    def comparison(self, name: str, left: Node, right: Node, make: Callable[[], Node]) -> Node:
        """The result of an undecided comparison: the same one for the same values, so that branches on it agree."""
        other: object = (type(right), right.value) if isinstance(right, Scalar) else _identity(right)
        key = (name, _identity(left), other)
        if key not in self.comparisons:
            self.comparisons[key] = (make(), left, right)
        return self.comparisons[key][0]


def _constants(name: str, wanted: Node) -> frozenset[object]:
    """What a value is one of where a comparison with `wanted` is true; nothing when that is not known."""
    items = wanted.items if name == "In" and isinstance(wanted, Sequence) and not wanted.open else (wanted,)
    if name not in ("Equal", "Is", "In") or not all(isinstance(item, Scalar) for item in items):
        return frozenset()
    return frozenset(item.value for item in items if isinstance(item, Scalar))


def _identity(node: Node) -> object:
    """What tells a value from others: itself; what one of several stays when it is handed on is where its options stand."""
    if not isinstance(node, Choice) or node.branch is not None:
        return id(node)
    marks = [(option.span, option.value if isinstance(option, Scalar) else None) for option in node.options]
    if node.span is None and not any(isinstance(option, Unknown) and option.hint for option in node.options):
        return id(node)
    hints = [option.hint for option in node.options if isinstance(option, Unknown)]
    return (node.span, *marks, *hints)


def passed(node: Node, span: Span | None) -> Node:
    """A value that was handed on at `span`, unless it is written there; the list of places is bounded."""
    from qp_lint.evaluate import values

    if span is None or len(node.via) >= PLACES:
        return node
    if not isinstance(node, (Scalar, Reference, Choice, Call)) or isinstance(node, values.LibraryInstance):
        return node  # identity matters more
    if any(span.covers(place) for place in node.via):
        return node
    written = node.span
    if written is None and not isinstance(node, Choice):
        return node
    if written is not None and span.covers(written):
        return node
    return through(node, span)
