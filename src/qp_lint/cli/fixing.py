"""`--fix`, `--diff` and `--add-ignore`: what changes files."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qp_lint.cli import baselines, lint
from qp_lint.discover import UNFINISHED, ReadProblem, decode, encode, read_bytes, reason
from qp_lint.report.phrases import count
from qp_lint.suppress import UNKNOWN, UNUSED

if TYPE_CHECKING:
    from qp_lint.cli.request import Request
    from qp_lint.diagnostics import Finding
    from qp_lint.fix.rounds import Check, Made
    from qp_lint.fix.write import Target
    from qp_lint.pipeline import Result
    from qp_lint.policy import Policy


def fixing(asked: Request) -> int:
    """Do what the parameters ask for; returns the exit code."""
    if asked.overlay and not asked.params["diff"]:
        raise click.UsageError("standard input cannot be changed; --diff prints what would be")
    if asked.params["add_ignore"] is not None:
        return add_ignores(asked)
    return fix(asked)


def recover(folders: Sequence[Path]) -> None:
    """Put back what a --fix that was killed had replaced, and say so; its journals are in `folders`.

    Raises click.ClickException.
    """
    from qp_lint.fix import journal

    folder = Path()
    try:
        for folder in folders:
            for path, good in journal.recover(folder):
                state = (
                    "is as it was before" if good else "was changed since and stays; beside it lies, hidden, what it was before"
                )
                click.echo(f"a --fix was interrupted, and is undone: {os.path.relpath(path)} {state}", err=True)
    except journal.Busy:
        raise click.ClickException("another qp-lint is changing files here; nothing was changed") from None
    except OSError as error:
        what = f"{folder / UNFINISHED}: a --fix was interrupted, and cannot be undone"
        raise click.ClickException(f"{what}: {reason(error)}") from None


def fix(asked: Request) -> int:
    """Make the fixes, or print what they would change; then report what is left."""
    from qp_lint.fix.rounds import fix_all

    policy, params = asked.policy(), asked.params
    outcome = fix_all(_checking(asked, policy), ("safe", "unsafe") if params["unsafe_fixes"] else ("safe",))
    changed = {path: text for path, text in outcome.texts.items() if outcome.before.get(path) != text}
    if params["diff"]:
        print_diff(outcome.before, changed, outcome.result)
        tell(asked, "Would fix", outcome.made, len(changed))
        return int(bool(changed))
    save(outcome.before, changed, outcome.result)
    tell(asked, "Fixed", outcome.made, len(changed))
    if params["fix_only"]:
        return 0
    shown = baselines.apply(asked, lint.reported(asked, policy, outcome.result))
    lint.write(asked, shown)
    return lint.exit_code(asked, shown)


def _checking(asked: Request, policy: Policy) -> Check:
    """The check over other texts: its result, and what of it is reported and not accepted by the baseline.

    It begins by undoing what a --fix that was killed had done, which --diff leaves alone.
    """
    accepted = baselines.Accepted(asked)

    def check(texts: Mapping[str, str]) -> tuple[Result, Sequence[Finding]]:
        changed = dataclasses.replace(asked, overlay={**asked.overlay, **texts})
        result = lint.run_check(changed, policy)
        if result.journals and not texts and not asked.params["diff"]:
            recover(result.journals)
            result = lint.run_check(changed, policy)
        return result, accepted.new(lint.selected(asked, policy, result)[0])

    return check


def tell(asked: Request, verb: str, made: Sequence[Made], files: int) -> None:
    """What was done, on standard error."""
    lines = []
    if asked.params["show_fixes"]:
        lines += [f"{fix.path}:{fix.line}: {fix.code} {fix.name}: {fix.title} ({fix.applicability})" for fix in made]
    if made and not asked.params["quiet"]:
        lines.append(f"{verb} {count(len(made), 'finding')} in {count(files, 'file')}.")
    if lines:
        click.echo("\n".join(lines), err=True)


def print_diff(before: Mapping[str, str], after: Mapping[str, str], result: Result) -> None:
    """The changes as a patch, byte for byte."""
    from qp_lint.fix.diff import unified

    out = sys.stdout.buffer
    for path in sorted(after):
        source = result.project.source(result.project.relative(path)) if path in before else None
        mark = "\ufeff" if source is not None and _has_mark(path) else ""
        old = mark + before[path] if path in before else None
        shown = result.project.shown(result.project.relative(path))
        out.write(unified(shown, old, mark + after[path]).encode("utf-8", "surrogateescape"))
    out.flush()


def _has_mark(path: str) -> bool:
    """Whether a file begins with a byte order mark, which texts leave out."""
    try:
        return read_bytes(Path(path)).startswith(b"\xef\xbb\xbf")
    except ReadProblem:
        return False


def save(before: Mapping[str, str], after: Mapping[str, str], result: Result) -> None:
    """Write new texts, all or none; raises click.UsageError with the reason why nothing was written."""
    from qp_lint.fix.write import WriteProblem, write_all

    try:
        write_all(_targets(before, after, result), result.project.root)
    except WriteProblem as problem:
        raise click.ClickException(str(problem)) from None


def _targets(before: Mapping[str, str], after: Mapping[str, str], result: Result) -> list[Target]:
    """What to write; a file behind several names once."""
    from qp_lint.fix.write import Target, WriteProblem

    targets: dict[str, Target] = {}
    for path, text in sorted(after.items()):
        shown = result.project.shown(result.project.relative(path))
        python = path.endswith((".py", ".pyw"))
        try:
            data = read_bytes(Path(path)) if path in before else None
            if data is not None and decode(data, python)[0] != before[path]:
                raise WriteProblem(f"{shown}: was changed meanwhile; nothing was written")
            target = Target(Path(path), shown, data, encode(text, data or b"", python and data is not None))
        except ReadProblem as problem:
            raise WriteProblem(f"{shown}: {problem.message}; nothing was changed") from None
        same = targets.setdefault(os.path.realpath(path), target)
        if same.after != target.after:
            raise WriteProblem(f"{shown} and {same.shown} are one file, and would change differently; nothing was written")
    return list(targets.values())


def add_ignores(asked: Request) -> int:
    """Write a comment for every finding that is reported; say which cannot have one."""
    from qp_lint.fix.ignores import ignore_all
    from qp_lint.fix.rounds import originals_of

    policy, reason = asked.policy(), " ".join(asked.params["add_ignore"].replace("#", " ").split())
    check = _checking(asked, policy)
    result, texts, left = ignore_all(check, reason)
    before = originals_of(result.project, texts)
    if asked.params["diff"]:
        print_diff(before, texts, result)
        return int(bool(texts))
    save(before, texts, result)
    hidden = len(check({})[1]) if texts else len(left)
    for finding in left:
        if finding.code in (UNUSED, UNKNOWN):  # --fix removes the one, and the other is a mistake to correct
            continue
        place = finding.span.outermost()
        where = f"{place.source.path}:{place.begin.line}"
        click.echo(f"{where}: {finding.code} cannot be ignored by a comment here; per-file-ignores can", err=True)
    if not asked.params["quiet"]:
        click.echo(f"Added ignore comments in {count(len(texts), 'file')}; {count(hidden, 'finding')} left.", err=True)
    sys.stderr.flush()
    return int(bool(left))
