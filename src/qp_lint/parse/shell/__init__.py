"""Shell scripts as launchers of training runs: which commands run, with which words, variables and files.

Understood: quotes, continuations, variables with defaults, arrays, exports, `env`, `cd`, `if`, loops, `case`, functions,
subshells, here-documents, `source`, `eval` and `bash -c`, and what Slurm tells a job.
A substitution (`$(…)`) is an unknown value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qp_lint.parse.shell.interpreter import Interpreter
from qp_lint.parse.shell.lexer import Lexer
from qp_lint.parse.shell.model import Command, Directive, Opener, Script
from qp_lint.parse.shell.slurm import directives, job_variables
from qp_lint.parse.shell.state import State, value_of
from qp_lint.parse.shell.syntax import Parser
from qp_lint.text import Source
from qp_lint.tree import Node

__all__ = ["Command", "Directive", "Opener", "Script", "parse_shell"]


def parse_shell(
    source: Source,
    *,
    env: Mapping[str, Node] | None = None,
    read: Opener | None = None,
    arguments: Sequence[Node] | None = None,
    export_all: bool = False,
) -> Script:
    """What a shell text does, without running it.

    `env`, `arguments`: the variables and words that it is started with; with None as words they are not known, and something may
    call its functions.  `read` gives the text of a file that it sources or starts, None when that is out of reach.
    `export_all`: every variable is exported (an `.env` file).

    Odd syntax is passed over (a quote that is never closed is told in `Script.unclosed`); ParseError is raised only beyond
    400,000 tokens or 100 levels of nesting.  Works on an embedded source (a `run:` block, a notebook's `!` line) as on a file:
    spans are in `source`.
    """
    lexer = Lexer(source.text)
    items = Parser(lexer.tokens()).script()
    job = directives(source, lexer)
    state = State()
    if arguments is not None:
        state.params = tuple(value_of(node, node.span or source.span(0, 0)) for node in arguments)
    interpreter = Interpreter(source, state, read=read) if read else Interpreter(source, state)
    interpreter.variables.export_all = export_all
    for name, node in {**job_variables(job), **(env or {})}.items():
        interpreter.variables.inherit(name, node)
    interpreter.script(items, uncalled=arguments is None)
    unclosed = source.span(lexer.unclosed, lexer.unclosed + 1) if lexer.unclosed is not None else None
    return Script(tuple(interpreter.commands), interpreter.files, tuple(job), unclosed, interpreter.variables.env())
