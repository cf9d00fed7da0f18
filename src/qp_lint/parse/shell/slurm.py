"""`#SBATCH` lines, and the variables that Slurm sets from them in a job's environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qp_lint.parse.shell.lexer import Lexer
from qp_lint.parse.shell.model import Directive
from qp_lint.parse.shell.tokens import Literal
from qp_lint.text import Source
from qp_lint.tree import Node, Scalar

# sbatch(1), "OUTPUT ENVIRONMENT VARIABLES"; an option without digits says nothing here
_VARIABLES = {
    "nodes": ("SLURM_NNODES", "SLURM_JOB_NUM_NODES"),
    "ntasks": ("SLURM_NTASKS", "SLURM_NPROCS"),
    "ntasks-per-node": ("SLURM_NTASKS_PER_NODE",),
    "gpus-per-node": ("SLURM_GPUS_PER_NODE", "SLURM_GPUS_ON_NODE"),
    "gres": ("SLURM_GPUS_ON_NODE",),
}
_SHORT = {"-N": "nodes", "-n": "ntasks"}
_COUNT = re.compile(r"(?:gpu:)?(?:[A-Za-z][\w.-]*:)?(\d{1,6})")


def directives(source: Source, lexer: Lexer) -> list[Directive]:
    """The `#SBATCH` comments among those that a lexer met."""
    return [_directive(source, start, end) for start, end in lexer.comments if source.text.startswith("#SBATCH", start)]


def _directive(source: Source, start: int, end: int) -> Directive:
    """The `#SBATCH` comment at a range."""
    lexer = Lexer(source.text, start + len("#SBATCH"), end)
    words = [token.word for token in lexer.tokens() if token.word is not None]
    nodes = []
    for word in words:
        text = "".join(part.text for part in word.parts if isinstance(part, Literal))
        if word.is_assignment():
            text = f"{word.name}={text}"
        nodes.append(Scalar(text, text, span=source.span(word.start, word.end)))
    return Directive(tuple(nodes), source.span(start, end))


def job_variables(directives: Iterable[Directive]) -> dict[str, Node]:
    """The variables of a job with these directives."""
    found: dict[str, Node] = {}
    for item in directives:
        for name, value, node in _options(item):
            match = _COUNT.fullmatch(value)
            if match:
                for variable in _VARIABLES.get(name, ()):
                    found[variable] = Scalar(match[1], value, span=node.span)
    nodes, tasks = found.get("SLURM_NNODES"), found.get("SLURM_NTASKS_PER_NODE")
    if isinstance(nodes, Scalar) and isinstance(tasks, Scalar) and "SLURM_NTASKS" not in found:
        count = str(int(str(nodes.value)) * int(str(tasks.value)))
        found["SLURM_NTASKS"] = found["SLURM_NPROCS"] = Scalar(count, count, span=tasks.span)
    return found


def _options(item: Directive) -> Iterator[tuple[str, str, Scalar]]:
    """(long name, value, word) of the options of a line."""
    words = [word for word in item.words if isinstance(word, Scalar)]
    index = 0
    while index < len(words):
        word = words[index]
        name, sign, value = str(word.value).partition("=")
        index += 1
        if name[:2] in _SHORT and not name.startswith("--") and len(name) > 2:  # `-N2`
            name, value = name[:2], name[2:]
        elif not sign and index < len(words):
            word = words[index]
            value = str(word.value)
        yield _SHORT.get(name, name.removeprefix("--")), value, word
