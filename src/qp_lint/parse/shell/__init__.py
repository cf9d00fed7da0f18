"""Shell scripts as launchers of training runs: which commands run, with which words, variables and files.

Understood: quotes, continuations, variables with defaults, arrays, exports, `env`, `cd`, `if`, loops, `case`, functions,
subshells, here-documents, `eval` and `bash -c`.  A substitution (`$(…)`) is an unknown value.
"""

from __future__ import annotations

from qp_lint.parse.shell.interpreter import Interpreter
from qp_lint.parse.shell.lexer import Lexer, Literal
from qp_lint.parse.shell.model import Command, Directive, Script
from qp_lint.parse.shell.syntax import Parser
from qp_lint.parse.shell.values import ANY_WORDS
from qp_lint.text import Source
from qp_lint.tree import Scalar

__all__ = ["ANY_WORDS", "Command", "Directive", "Script", "parse_shell"]


def parse_shell(source: Source) -> Script:
    """What a shell text does, without running it.

    Odd syntax is passed over (a quote that is never closed is told in `Script.unclosed`); ParseError is raised only beyond
    400,000 tokens or 100 levels of nesting.  Works on an embedded source (a `run:` block, a notebook's `!` line) as on a file:
    spans are in `source`.
    """
    lexer = Lexer(source.text)
    interpreter = Interpreter(source)
    interpreter.script(Parser(lexer.tokens()).script())
    directives = (_directive(source, start, end) for start, end in lexer.comments if source.text.startswith("#SBATCH", start))
    unclosed = source.span(lexer.unclosed, lexer.unclosed + 1) if lexer.unclosed is not None else None
    return Script(tuple(interpreter.commands), interpreter.files, tuple(directives), unclosed)


def _directive(source: Source, start: int, end: int) -> Directive:
    lexer = Lexer(source.text, start + len("#SBATCH"), end)
    words = [token.word for token in lexer.tokens() if token.word is not None]
    nodes = []
    for word in words:
        text = "".join(part.text for part in word.parts if isinstance(part, Literal))
        if word.is_assignment():
            text = f"{word.name}={text}"
        nodes.append(Scalar(text, text, span=source.span(word.start, word.end)))
    return Directive(tuple(nodes), source.span(start, end))
