"""Shell texts inside shell scripts: sourced files, scripts that are started, and what `bash -c`, `ssh` or tmux is given."""

from __future__ import annotations

import dataclasses
import itertools
import posixpath
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qp_lint.parse.shell import documents
from qp_lint.parse.shell.lexer import Lexer
from qp_lint.parse.shell.model import COMMANDS, Command, Opener
from qp_lint.parse.shell.repeated import parallel, xargs
from qp_lint.parse.shell.slurm import directives, job_variables
from qp_lint.parse.shell.state import State, Variables
from qp_lint.parse.shell.syntax import Item, Parser
from qp_lint.parse.shell.texts import Field, Piece, Text, cut, plain
from qp_lint.text import Source, Span

if TYPE_CHECKING:
    from qp_lint.parse.shell.interpreter import Interpreter

_EMBEDDED = 3  # `bash -c "bash -c …"`, scripts that start scripts
_SHELLS = frozenset(("bash", "sh", "zsh", "dash"))
_BATCH = frozenset(("sbatch", "salloc", "qsub", "bsub"))
_SCRIPT = re.compile(r"[^\s$]+\.(?:sh|bash|sbatch|slurm)")
_ENVIRONMENT = ("-e", "--env")
_ENTER = frozenset(("Enter", "C-m", "ENTER", "KPEnter"))
_TMUX_START = frozenset(("new", "new-session", "neww", "new-window", "splitw", "split-window", "respawn-pane"))
# options that take a value of their own: ssh(1), tmux(1), sbatch(1)
_SSH = frozenset(f"-{letter}" for letter in "BbcDEeFIiJLlmOopQRSWw")
_SUBMIT = {  # what they run on other machines is one text, or words that become one: pdsh(1), bsub(1), oarsub(1)
    "pdsh": frozenset(f"-{letter}" for letter in "wxfltugR"),
    "bsub": frozenset(
        ("-n", "-q", "-J", "-o", "-oo", "-e", "-eo", "-W", "-R", "-M", "-P", "-gpu", "-m", "-w", "-G", "-app", "-cwd", "-u")
    ),
    "oarsub": frozenset(("-l", "-p", "-t", "-n", "-q", "-d", "-O", "-E", "--name", "--project")),
}
_TMUX = frozenset(("-t", "-s", "-n", "-c", "-e", "-x", "-y", "-F", "-L", "-S", "-f", "-l", "-p"))
_JOB = frozenset(f"-{letter}" for letter in "AaCcDdeFGiJLMmNnopqtwx")
_REPEATED = {"xargs": xargs, "gxargs": xargs, "parallel": parallel}


def source_file(run: Interpreter, words: Sequence[Field], maybe: bool, place: Span) -> None:
    """`source env.sh …` at `place`, with the words behind `source`: its commands run here."""
    opened = _opened(run, file_name(words[0].text), False) if words else None
    if opened is None:
        return
    callers, params = run.callers, run.state.params
    run.callers = (*callers, place)
    if len(words) > 1:
        run.state.params = tuple(None if word.many else word.text for word in words[1:])
    within(run, opened[0], run.state, maybe, read=opened[1])
    if len(words) > 1:
        run.state.params = params
    run.callers = callers


def env_file(run: Interpreter, name: str) -> None:
    """The variables of an `.env` file, all exported."""
    opened = _opened(run, name, False)
    if opened is not None:
        within(run, opened[0], run.state, False, export_all=True, read=opened[1])


def file_name(text: Text) -> str | None:
    """The name of a file; of `$FOLDER/env.sh` the part behind the folder, when that is not known."""
    last = text[-1].text if text else None
    return plain(text) or (last.lstrip("/") if last and last.startswith("/") else None)


def _opened(run: Interpreter, name: str | None, started: bool) -> tuple[Source, Opener] | None:
    """The text of a script that is sourced, or `started`; None when it is out of reach, or enough was read."""
    if not name or run.level >= _EMBEDDED or run.picks.budget <= 0:
        return None
    opened = run.read(name, started)
    run.picks.budget -= 16 * len(opened[0].text) if opened is not None else 0
    return opened if run.picks.budget > 0 else None


def told(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The words of a command that matter to `inner`: it is of no matter to which host `ssh` goes."""
    if fields and fields[0].plain == "ssh":
        return (fields[0], *_behind(fields[1:], _SSH)[1:])
    return tuple(fields)


def inner(run: Interpreter, fields: Sequence[Field], maybe: bool) -> None:
    """The commands inside `eval "…"`, `bash -c "…"`, `ssh host "…"` and the like; `fields` are those that `told` gives."""
    if run.level >= _EMBEDDED or not fields:
        return
    name = posixpath.basename(fields[0].plain or "")
    if name == "eval":
        _text(run, _joined(fields[1:]), run.state, maybe)
    elif name == "ssh":
        _text(run, _joined(fields[1:]), State(directory=None), maybe)
    elif name == "tmux":
        _tmux(run, fields[1:], maybe)
    elif name in _REPEATED:
        made = _REPEATED[name](run, fields[1:])
        if made is not None:
            _text(run, made[0], made[1], maybe)
    elif name in _SUBMIT:
        state = State(directory=None) if name == "pdsh" else run.state.subshell()
        _text(run, _joined(_behind(fields[1:], _SUBMIT[name])), state, maybe)
    else:
        for number, (shell, flag, script) in enumerate(zip(fields, fields[1:], fields[2:], strict=False)):
            if _is_shell(shell) and re.fullmatch(r"-\w*c", flag.plain or ""):
                state = run.state.subshell()
                _given(run, state, fields[:number])
                _text(run, script.text, state, maybe)
                return
        if name in _BATCH:
            _wrap(run, fields, maybe)


def _is_shell(field: Field) -> bool:
    return posixpath.basename(field.plain or "") in _SHELLS


def _given(run: Interpreter, state: State, fields: Sequence[Field]) -> None:
    """The variables that `docker run -e NAME=value` and its like give to the shell that they start."""
    variables = Variables(run.source, state, run.picks)
    for flag, pair in itertools.pairwise(fields):
        name, sign, value = (pair.plain or "").partition("=")
        if flag.plain in _ENVIRONMENT and sign and name.isidentifier():
            variables.set(name, (Piece(value, pair.written),), pair.written)
            variables.export(name)


def _tmux(run: Interpreter, fields: Sequence[Field], maybe: bool) -> None:
    """`tmux new-session -d "…"`; `tmux send-keys -t pane "…" Enter`, where the keys for one pane go to one shell."""
    name = next((field.plain for field in fields if field.plain in _TMUX_START or field.plain in ("send-keys", "send")), None)
    words = [field.plain for field in fields]
    if name is None:
        return
    rest = fields[words.index(name) + 1 :]
    if name in _TMUX_START:
        command = _behind(rest, _TMUX)
        _text(run, _joined(command), run.state.subshell(), maybe)
        return
    keys = [field for field in _behind(rest, _TMUX) if field.plain not in _ENTER]
    flags = [field.plain for field in rest]
    pane = next((value or "" for flag, value in itertools.pairwise(flags) if flag == "-t"), "")
    run.panes[pane] = _text(run, _joined(keys), run.panes.get(pane) or run.state.subshell(), maybe)


def _wrap(run: Interpreter, fields: Sequence[Field], maybe: bool) -> None:
    """`sbatch --wrap="…"`."""
    for flag, value in zip(fields, [*fields[1:], None], strict=True):
        if flag.plain == "--wrap" and value is not None:
            _text(run, value.text, run.state.subshell(), maybe)
        elif flag.head.startswith("--wrap="):
            _text(run, cut(flag.text, len("--wrap=")), run.state.subshell(), maybe)


def follow(run: Interpreter, fields: Sequence[Field], command: Command) -> None:
    """The commands of a script that a command starts with arguments or variables, or that a shell reads from a here-document.

    A script that is started just so is read for itself.
    """
    if command.stdin is not None and _reads_script(fields):
        remote = fields[0].plain == "ssh"
        state = State(directory=None) if remote else run.state.subshell()
        within(run, command.stdin, state, command.maybe, apart=True)
        return
    script = _started(fields)
    if not script or not (len(script) > 1 or command.env):
        return
    opened = _opened(run, file_name(script[0].text), True)
    if opened is None:
        return
    source, read = opened
    lexer = Lexer(source.text)
    items = Parser(lexer.tokens()).script()
    state = run.state.subshell()
    variables = Variables(source, state, run.picks)
    known = run.variables.env()
    own = {name: run.picks.settled(node) for name, node in command.env.items() if node is not known.get(name)}
    for name, node in {**job_variables(directives(source, lexer)), **own}.items():
        variables.inherit(name, node)
    state.params = tuple(None if field.many else field.text for field in script[1:])
    callers, run.callers = run.callers, (*run.callers, command.span)
    within(run, source, state, command.maybe, apart=True, read=read, items=items)
    run.callers = callers


def _started(fields: Sequence[Field]) -> Sequence[Field]:
    """The script that a command starts and its arguments: of `bash train.sh a`, `sbatch train.slurm a`, `srun ./train.sh a`."""
    for number, field in enumerate(fields):
        name = field.plain or ""
        if _SCRIPT.fullmatch(name) or _SCRIPT.fullmatch((file_name(field.text) or "").lstrip("/")):
            return fields[number:]
        if number == 0 and not (_is_shell(field) or name in ("srun", "time", "nice", *_BATCH)):
            return ()
    return ()


def _reads_script(fields: Sequence[Field]) -> bool:
    """Whether a command, as `told` gives it, has a shell read its input: `bash`, `ssh host bash -s`, `ssh host`, `sbatch`."""
    words = list(fields)
    while len(words) > 1 and words[-1].plain in ("-s", "-", "-l", "-e", "-x", "-ex"):
        words.pop()
    name = words[0].plain
    if name in ("sbatch", "qsub"):
        return not _behind(words[1:], _JOB)
    return _is_shell(words[-1]) or (name == "ssh" and len(words) == 1)


def _behind(fields: Sequence[Field], valued: frozenset[str]) -> Sequence[Field]:
    """The words behind options, those in `valued` with a word of their own."""
    index = 0
    while index < len(fields) and fields[index].head.startswith("-"):
        index += 2 if fields[index].plain in valued else 1
    return fields[index:]


def _joined(fields: Sequence[Field]) -> Text:
    """Words with a blank between each two, as `eval` and `ssh` put them together."""
    return tuple(piece for field in fields for piece in (*field.text, _space(field)))


def _space(field: Field) -> Piece:
    place = field.text[-1].own if field.text else field.written
    return Piece(" ", Span(place.source, place.end, place.end))


def _text(run: Interpreter, text: Text, state: State, maybe: bool) -> State:
    """Run a text as a script; the state at its end."""
    if not text:
        return state
    return within(run, documents.embedded(text[0].own.source, text), state, maybe, apart=state is not run.state)


def within(
    run: Interpreter,
    source: Source,
    state: State,
    maybe: bool,
    *,
    export_all: bool = False,
    apart: bool = False,
    read: Opener | None = None,
    items: list[Item] | None = None,
) -> State:
    """Run another source (or some `items` of it) from here, and give the state at its end.

    What it sets stays when `state` is the present one.  `apart`: in a shell that knows no functions.  `read` opens files for it.
    """
    child = run.child(source, state, apart)
    child.read = read or run.read
    child.variables.export_all = export_all or run.variables.export_all
    child.script(Parser(Lexer(source.text).tokens()).script() if items is None else items)
    commands = child.commands[: max(COMMANDS - len(run.commands), 0)]
    run.commands += [dataclasses.replace(inner, maybe=True) for inner in commands] if maybe else commands
    run.files.update(child.files)
    run.steps += child.steps
    if state is run.state:
        run.variables.enter(child.state)
        if run.state.dead == "return":
            run.state.dead = ""
    return child.state
