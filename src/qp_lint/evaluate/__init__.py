"""What a Python program would do, worked out without running it.

The evaluator walks libcst trees in the order of execution with its own small value domain (`tree.Node`).  It knows the
standard library and the argument parsers; it knows nothing of quantization or parallelism: a call of a library it
does not model becomes a `tree.Call`, which the framework modules read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qp_lint.project import Project
from qp_lint.text import Span
from qp_lint.tree import Arm, Call, Cover, Decision, Node

PROCESSES = frozenset(
    (
        *("subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output"),
        *("subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen"),
    )
)  # which start another program: of the standard library's calls the only ones that are told


@dataclass(frozen=True, slots=True)
class Program:
    """What one evaluation of a script saw.

    `calls`: calls of library functions and methods in the order of evaluation (`Call.order`).  `env`: environment variables
    after the script's own writes.  `files`: project paths of the script and of the local modules it imports.  `guards`: the sides
    of branches on which the program goes on, each with the number of calls before it (the others raise).
    `decisions`: conditions that known values decided.  `covers`: what values took the place of others when configurations were
    merged.  `exclusive`: pairs of undecided branches that are not both true (side 0).  `left`: why the rest of it was not
    followed, "" when all of it was.  `written`: data files that it writes and that were not there, by project path.
    """

    calls: tuple[Call, ...]
    env: Mapping[str, Node] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    guards: tuple[tuple[int, Arm], ...] = ()
    decisions: tuple[Decision, ...] = ()
    covers: tuple[Cover, ...] = ()
    exclusive: tuple[tuple[Span, Span], ...] = ()
    left: str = ""
    written: Mapping[str, Node] = field(default_factory=dict)


def evaluate(
    project: Project,
    path: str,
    *,
    arguments: list[Node] | None = None,
    env: Mapping[str, Node] | None = None,
    directory: str = "",
    function: str = "",
    parameters: Mapping[str, Node] | None = None,
) -> Program:
    """Evaluate a script as `__main__`, or call a `function` of it as an installed command does.

    `arguments` are the words after the script on its command line; None when no launch is known, then a parser's defaults are
    one of several possible values.  `env` are the environment variables that the launch sets; others are unknown.
    `directory` is the working directory (project path): relative file names resolve there.  `parameters` are the values that
    papermill gives to names of a notebook.
    """
    from qp_lint.evaluate.interpreter import Interpreter

    interpreter = Interpreter(project, arguments, env or {}, directory)
    interpreter.parameters = dict(parameters or {})
    return interpreter.run(path, function)
