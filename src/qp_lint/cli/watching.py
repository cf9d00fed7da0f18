"""`--watch`: check again whenever a file changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from qp_lint.cli.lint import lint
from qp_lint.cli.request import STDIN, request

AWAKE = 200  # milliseconds after which the watcher is known to look


def watch(params: Mapping[str, Any]) -> int:
    """Check, wait for a change, check again, until interrupted; returns the last exit code."""
    try:
        import watchfiles
    except ImportError:
        raise click.UsageError("--watch needs the package watchfiles: pip install 'qp-lint[watch]'") from None
    if STDIN in params["paths"]:
        raise click.UsageError("--watch and `-` exclude each other: standard input is read once")
    if params["write_baseline"]:
        raise click.UsageError("--watch and --write-baseline exclude each other: the baseline would grow with every change")
    from qp_lint.discover import root_of

    asked = request(params)
    root = root_of(asked.paths)
    written = {os.path.abspath(file) for _, file in asked.outputs if file is not None}
    wanted = _filter(written)
    code, first = 0, True
    try:
        # the first, empty, answer comes when the watcher looks: what changes during a check is not missed
        for changes in watchfiles.watch(root, watch_filter=wanted, rust_timeout=AWAKE, yield_on_timeout=True):
            if changes or first:
                first = False
                code = _round(params, root)
    except KeyboardInterrupt:
        pass
    return code


def _round(params: Mapping[str, Any], root: Path) -> int:
    """One check on a clear screen; what is wrong with the configuration is said, and may be repaired while watching."""
    if sys.stdout.isatty():
        click.clear()
    begin = time.perf_counter()
    try:
        code = lint(params)
    except click.ClickException as error:
        error.show()
        code = 2
    click.echo(f"Checked in {time.perf_counter() - begin:.2f} s. Watching {root} (Ctrl-C ends).", err=True)
    sys.stdout.flush()
    return code


def _filter(written: set[str]) -> Callable[[Any, str], bool]:
    """Which changes count: of files that are read, the reports that are written left out."""
    import watchfiles

    from qp_lint.cache import FOLDER
    from qp_lint.discover import Kind, kind_of

    usual = watchfiles.DefaultFilter(ignore_dirs=(*watchfiles.DefaultFilter.ignore_dirs, FOLDER, "site-packages"))

    def wanted(change: Any, path: str) -> bool:
        name = os.path.basename(path)
        read = kind_of(path, None) is not Kind.OTHER or "." not in name or name == ".gitignore"
        return read and path not in written and usual(change, path)

    return wanted
