"""What `qp-lint check` does: check, select, suppress, report."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qp_lint.cli import baselines
from qp_lint.cli.progress import Progress, wants_bar
from qp_lint.cli.request import Request, request
from qp_lint.diagnostics import Finding, Severity
from qp_lint.report.display import Style, wants_colour
from qp_lint.report.view import View

if TYPE_CHECKING:
    from qp_lint.pipeline import Options, Result
    from qp_lint.policy import Policy

INTERNAL = "QP900"


def lint(params: Mapping[str, Any]) -> int:
    """Do what the parameters ask for; returns the exit code."""
    asked = request(params)
    if params["show_files"] or params["show_settings"]:
        from qp_lint.cli import show

        click.echo(show.files(asked) if params["show_files"] else show.settings(asked))
        return 0
    if any(params[name] for name in ("fix", "fix_only", "diff")) or params["add_ignore"] is not None:
        from qp_lint.cli import fixing

        return fixing.fixing(asked)
    clocks = time.perf_counter(), time.process_time()
    progress = Progress(bar=wants_bar(params["quiet"], os.environ))
    asked = dataclasses.replace(asked, observer=progress)
    if params["show_runs"]:
        from qp_lint.report import runs

        found = run_check(asked, asked.policy(), keep_runs=True).runs
        click.echo(runs.as_json(found) if asked.format() == "json" else runs.as_text(found), nl=False)
        return 0
    try:
        shown = answer(asked)
    finally:
        progress.close()
    if params["write_baseline"]:
        click.echo(baselines.write(asked, shown), err=True)
        return 0
    shown = baselines.apply(asked, shown)
    write(asked, shown)
    if params["verbose"]:
        _verbose(asked, shown, progress, *clocks)
    return exit_code(asked, shown)


def answer(asked: Request) -> View:
    """What is reported: from the cache when nothing has changed, else by checking."""
    from qp_lint import cache
    from qp_lint.discover import root_of

    # a check of single files is fast, and what it depends on is not only below them
    usable = not asked.params["no_cache"] and not asked.overlay and all(path.is_dir() for path in asked.paths)
    folder = cache.folder_of(root_of(asked.paths), os.environ)
    key = (
        cache.key_of(os.getcwd(), asked.paths, asked.config, asked.params["severity"], asked.params["include_docs"])
        if usable
        else ""
    )
    started = time.time_ns()
    known = cache.recall(folder, key) if usable else None
    if known is not None:
        return known
    policy = asked.policy()
    result = run_check(asked, policy)
    shown = reported(asked, policy, result)
    if usable and not any(note.code == INTERNAL for note in shown.notes):
        cache.remember(folder, key, shown, dependencies(asked, policy, result), started)
    return shown


def dependencies(asked: Request, policy: Policy, result: Result) -> set[str]:
    """Every file and folder (absolute) that a result depends on; rules and configuration aside."""
    from qp_lint.discover import UNFINISHED, discover

    root, how = result.project.root, options(asked, policy)
    listing = discover(asked.paths, root=root, exclude=how.exclude, respect_gitignore=how.respect_gitignore, docs=how.docs)
    folders = listing.folders
    absolute = {os.path.join(root, path) for path in (*result.project.files, *result.project.probed, *folders)}
    inside = {os.path.join(root, folder) for folder in folders} | {str(path) for path in (root, *root.parents)}
    return absolute | {
        os.path.join(folder, name) for folder in inside for name in (".gitignore", ".git/info/exclude", UNFINISHED)
    }


def options(asked: Request, policy: Policy) -> Options:
    """How to check."""
    from qp_lint.api import options_of

    how = options_of(asked.config, policy, asked.paths, asked.overlay, docs=asked.params["include_docs"])
    return dataclasses.replace(how, observer=asked.observer)


def run_check(asked: Request, policy: Policy, *, keep_runs: bool = False) -> Result:
    """Check the paths."""
    from qp_lint.pipeline import check

    return check(asked.paths, dataclasses.replace(options(asked, policy), keep_runs=keep_runs))


def reported(asked: Request, policy: Policy, result: Result) -> View:
    """What of a result is reported."""
    from qp_lint.report import result as reports

    return reports.reported(result, policy, asked.paths, asked.lowest, asked.observer)


def selected(asked: Request, policy: Policy, result: Result) -> tuple[list[Finding], list[Finding]]:
    """The findings to report, and those that something hides."""
    from qp_lint.report import result as reports

    return reports.selected(result, policy, asked.paths, asked.lowest)


def write(asked: Request, shown: View, *, err: bool = False) -> None:
    """Write every output that was asked for; `err`: to standard error what would go to standard output."""
    from qp_lint.report import renderer
    from qp_lint.report.display import terminal_width

    stream = sys.stderr if err else sys.stdout
    for name, file in asked.outputs:
        colour = asked.params["color"] == "always" or (file is None and wants_colour(asked.params["color"], stream, os.environ))
        width = terminal_width(stream) if file is None else 100
        style = Style(colour, width, asked.params["quiet"])
        if asked.params["statistics"] and name in ("full", "concise"):
            from qp_lint.report.phrases import statistics

            text = statistics(shown, style)
        else:
            text = renderer(name)(shown, style)
        if file is None:
            click.echo(text, nl=False, color=True, err=err)  # whether to colour is decided above
        else:
            _save(file, text)


def _save(file: str, text: str) -> None:
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from None


def exit_code(asked: Request, shown: View) -> int:
    """0, 1 or 2 as documented."""
    if any(note.code == INTERNAL for note in shown.notes):
        return 2
    if asked.config.fail_on == "never":
        return 0
    lowest = Severity[asked.config.fail_on.upper()]
    return int(any(severity >= lowest for severity in shown.counts()))


def _verbose(asked: Request, shown: View, progress: Progress, wall: float, cpu: float) -> None:
    """Where the time went and what was assumed, on standard error."""
    from qp_lint.discover import root_of

    spent = f"{time.perf_counter() - wall:.3f} s, {time.process_time() - cpu:.3f} s of processor time"
    versions = sorted({version for item in shown.diagnostics for version in item.versions})
    lines = [
        f"project root: {root_of(asked.paths)}",
        f"configuration: {asked.config.file or 'none'}",
        *(f"assumed: {version}" for version in versions),
        *(f"{seconds:7.3f} s to {name}" for name, seconds in progress.times()),
        f"checked {shown.files} files, {shown.runs} runs in {spent}",
    ]
    click.echo("\n".join(lines), err=True)
