"""How far a check is: a bar on a terminal when it takes longer than a second, and the time of each stage for `-v`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping

import click

from qp_lint.observer import Observer

PATIENCE = 1.0  # seconds before there is a bar
PAUSE = 0.1  # seconds between two drawings
WIDTH = 30


class Progress(Observer):
    """Follows a check; what it draws is on standard error and is gone when it is closed."""

    def __init__(self, *, bar: bool) -> None:
        self._bar = bar
        self._started = time.perf_counter()
        self._drawn = 0.0
        self._stages: list[tuple[str, float]] = []

    def stage(self, name: str) -> None:
        """Note that a stage begins."""
        self._stages.append((name, time.perf_counter()))

    def files(self, done: int, total: int) -> None:
        """Draw the bar, when it is time to."""
        now = time.perf_counter()
        if not self._bar or now - self._started < PATIENCE or now - self._drawn < PAUSE:
            return
        self._drawn = now
        full = WIDTH * done // max(total, 1)
        click.echo(f"\r\x1b[K[{'#' * full}{'.' * (WIDTH - full)}] {done:,} of {total:,} files", nl=False, err=True, color=True)

    def close(self) -> None:
        """Wipe the bar; the last stage ends."""
        self.stage("")
        if self._drawn:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)
            self._drawn = 0.0

    def times(self) -> Iterator[tuple[str, float]]:
        """The stages and how many seconds each took."""
        for (name, begin), (_, end) in zip(self._stages, self._stages[1:], strict=False):
            if name:
                yield name, end - begin


def wants_bar(quiet: bool, env: Mapping[str, str]) -> bool:
    """Whether anybody looks: standard error is a terminal that can wipe a line, and this is no CI job."""
    return not quiet and not env.get("CI") and env.get("TERM") != "dumb" and sys.stderr.isatty() and os.name != "nt"
