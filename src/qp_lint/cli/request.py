"""What the command line asks for: parameters and configuration, checked and resolved."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from qp_lint.config import Config, ConfigError, find, load, merged
from qp_lint.diagnostics import Severity
from qp_lint.observer import Observer
from qp_lint.policy import Policy, policy

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Request:
    """A resolved command line.

    `paths` are absolute; `overlay` holds the text of standard input by absolute path; `outputs` are (format, file or None for
    standard output).
    """

    paths: tuple[Path, ...]
    overlay: Mapping[str, str]
    config: Config
    base: Path
    outputs: tuple[tuple[str, str | None], ...]
    params: Mapping[str, Any]
    observer: Observer = field(default_factory=Observer)

    def policy(self) -> Policy:
        """The configuration resolved against the rules."""
        from qp_lint.cli.catalogue import catalogue

        try:
            return policy(self.config, catalogue(), self.base)
        except ConfigError as error:
            raise click.UsageError(str(error)) from None

    def baseline(self) -> Path | None:
        """The baseline that the command line names, else the configuration."""
        if self.params["baseline"]:
            return Path(self.params["baseline"]).absolute()
        return self.base / self.config.baseline if self.config.baseline else None

    @property
    def lowest(self) -> Severity:
        """The lowest severity that is reported."""
        return Severity[self.params["severity"].upper()]

    def format(self) -> str:
        """The format of standard output, `full` when everything goes to files."""
        return next((name for name, file in self.outputs if file is None), "full")


def request(params: Mapping[str, Any]) -> Request:
    """Resolve parameters; raises click.UsageError."""
    paths, overlay = _paths(params["paths"], params["stdin_filename"])
    config = _config(params, paths)
    base = config.file.parent.absolute() if config.file else Path.cwd()
    return Request(paths, overlay, config, base, _outputs(params["formats"], params["output_file"]), params)


def _paths(given: Sequence[str], stdin_filename: str | None) -> tuple[tuple[Path, ...], dict[str, str]]:
    if STDIN not in given:
        if stdin_filename:
            raise click.UsageError("--stdin-filename goes with `-`, which reads standard input")
        return tuple(Path(os.path.abspath(path)) for path in given or (".",)), {}
    if len(given) > 1:
        raise click.UsageError("`-` (standard input) cannot be given together with other paths")
    if not stdin_filename:
        raise click.UsageError("`-` needs --stdin-filename FILE, which says what the text is")
    from qp_lint.discover import ReadProblem, decode

    name = os.path.abspath(stdin_filename)
    try:
        text, _ = decode(sys.stdin.buffer.read(), name.endswith(".py"))
    except ReadProblem as problem:
        raise click.UsageError(f"standard input: {problem.message}") from None
    return (Path(name),), {name: text}


def _config(params: Mapping[str, Any], paths: Sequence[Path]) -> Config:
    try:
        if params["isolated"]:
            if params["config"]:
                raise click.UsageError("--isolated and --config exclude each other")
            config = Config()
        elif params["config"]:
            config = load(Path(params["config"]).absolute())
        else:
            first = paths[0]
            file = find(first if first.is_dir() else first.parent)
            config = load(file) if file else Config()
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    return merged(
        config,
        select=params["select"],
        extend_select=params["extend_select"],
        ignore=params["ignore"],
        target_versions=params["targets"],
        fail_on="never" if params["exit_zero"] else params["fail_on"],
    )


def _outputs(formats: Sequence[tuple[str, str | None]], file: str | None) -> tuple[tuple[str, str | None], ...]:
    chosen = tuple(dict.fromkeys(formats)) or (("full", None),)
    if file is not None:
        if len(chosen) > 1 or chosen[0][1] is not None:
            raise click.UsageError("--output-file goes with one --output-format; with several, write FORMAT=FILE")
        return ((chosen[0][0], file),)
    if sum(target is None for _, target in chosen) > 1:
        raise click.UsageError("only one format can go to standard output; write FORMAT=FILE for the others")
    return chosen
