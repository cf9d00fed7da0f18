"""What `qp-lint launch` does: judge one command, then become it."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from qp_lint.cli.lint import INTERNAL, exit_code, options, reported, write
from qp_lint.cli.request import Request, request
from qp_lint.report.phrases import count
from qp_lint.report.view import View

NOT_FOUND, NOT_EXECUTABLE = 127, 126  # what shells answer


def launch(command: Sequence[str], params: Mapping[str, Any]) -> int:
    """Judge a command and run it when nothing speaks against it; returns only when it does not run."""
    asked = request(params)
    judging = bool(params["check"])
    try:
        shown = judged(asked, command)
    except click.ClickException:
        raise
    except Exception as error:  # a mistake of qp-lint's own stops nobody's job
        if params["check"]:
            raise
        click.echo(f"qp-lint: internal error: {type(error).__name__}: {error}; launching unchecked", err=True)
        become(command)
    failed = exit_code(asked, shown)
    broken = any(note.code == INTERNAL for note in shown.notes)
    silent = params["quiet"] or not (judging or failed)
    write(dataclasses.replace(asked, params={**params, "quiet": silent}), shown, err=not judging)
    if not shown.runs and not params["quiet"]:
        click.echo(f"qp-lint: no training run is known in this command{'' if judging else '; it starts unchecked'}", err=True)
    if judging:
        return failed
    if failed and not broken and not params["force"]:
        click.echo("qp-lint: not launched; --force launches it all the same", err=True)
        return failed
    if params["verbose"]:
        click.echo(f"qp-lint: {count(shown.runs, 'run')}, launching", err=True)
    return become(command)


def judged(asked: Request, command: Sequence[str]) -> View:
    """What is to be said about a command."""
    from qp_lint.pipeline import check_command

    policy = asked.policy()
    return reported(asked, policy, check_command(command, os.environ, options(asked, policy)))


def become(command: Sequence[str]) -> NoReturn:
    """Run a command in the place of this process, so that its input, signals and exit code are its own."""
    import signal

    sys.stdout.flush()
    sys.stderr.flush()
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and what is ignored stays so in a new program
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        if os.name == "nt":  # there a program cannot be replaced: it would run on behind the prompt
            import subprocess

            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.exit(subprocess.run(command, check=False).returncode)
        os.execvp(command[0], list(command))
    except FileNotFoundError:
        click.echo(f"qp-lint: {command[0]}: command not found", err=True)
        sys.exit(NOT_FOUND)
    except OSError as error:
        click.echo(f"qp-lint: {command[0]}: {error.strerror}", err=True)
        sys.exit(NOT_EXECUTABLE)
