"""qp-lint for Python programs: what `qp_lint.check` and `qp_lint.check_source` do.

Names and fields that the package exports are stable from one minor release to the next.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qp_lint.config import Config, ConfigError, find, load, merged, specifier
from qp_lint.diagnostics import Note, Severity, Suggestion
from qp_lint.policy import Policy, policy, rebased
from qp_lint.report.view import Cell, Change, Diagnostic, Fix, Place, View
from qp_lint.text import Position

if TYPE_CHECKING:
    from qp_lint.pipeline import Options

__all__ = [
    "Cell",
    "Change",
    "Config",
    "ConfigError",
    "Diagnostic",
    "Fix",
    "Note",
    "Place",
    "Position",
    "Severity",
    "Suggestion",
    "View",
    "check",
    "check_source",
    "review",
]

PathLike = str | os.PathLike[str]


def check(
    paths: PathLike | Iterable[PathLike] = ".",
    *,
    config: PathLike | Config | None = None,
    select: Iterable[str] = (),
    extend_select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    targets: Mapping[str, str] | None = None,
    severity: Severity = Severity.INFO,
    docs: bool = False,
    texts: Mapping[PathLike, str] | None = None,
) -> list[Diagnostic]:
    """The findings in a project, as `qp-lint check PATHS` reports them, in the order of their places.

    `paths` are files or folders; of single files the project around them is read all the same, and what touches the files is
    reported.  `config` is a configuration file, a `Config` (`Config()` for none), or None for the file that `qp-lint` would find.
    `select`, `extend_select`, `ignore` are codes, prefixes or names as on the command line; `targets` says versions (package →
    `4.51.3` or a range); `severity` is the lowest that is reported; `docs` reads the commands of Markdown files; `texts` win
    over files on disk (unsaved buffers).  Raises `ConfigError`.  Nothing of the project is imported or run.
    """
    found = review(
        paths,
        config=config,
        select=select,
        extend_select=extend_select,
        ignore=ignore,
        targets=targets,
        severity=severity,
        docs=docs,
        texts=texts,
    )
    return list(found.diagnostics)


def check_source(
    text: str,
    filename: PathLike,
    *,
    config: PathLike | Config | None = None,
    select: Iterable[str] = (),
    extend_select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    targets: Mapping[str, str] | None = None,
    severity: Severity = Severity.INFO,
) -> list[Diagnostic]:
    """The findings that touch one file if it read `text`; the file need not exist.  See `check`."""
    return check(
        filename,
        config=config,
        select=select,
        extend_select=extend_select,
        ignore=ignore,
        targets=targets,
        severity=severity,
        texts={filename: text},
    )


def review(
    paths: PathLike | Iterable[PathLike] = ".",
    *,
    config: PathLike | Config | None = None,
    select: Iterable[str] = (),
    extend_select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    targets: Mapping[str, str] | None = None,
    severity: Severity = Severity.INFO,
    docs: bool = False,
    texts: Mapping[PathLike, str] | None = None,
) -> View:
    """Everything that a check has to say: findings, suppressed ones, notes about files that could not be read.  See `check`."""
    from qp_lint import pipeline
    from qp_lint.report.result import reported

    places = absolute([paths] if isinstance(paths, (str, os.PathLike)) else paths)
    settings = merged(
        config_for(places[0], config),
        select=tuple(select),
        extend_select=tuple(extend_select),
        ignore=tuple(ignore),
        target_versions=targets_of(targets or {}),
    )
    rules = policy_of(settings)
    overlay = {os.path.abspath(path): text for path, text in (texts or {}).items()}
    result = pipeline.check(places, options_of(settings, rules, places, overlay, docs=docs))
    return reported(result, rules, places, severity)


def absolute(paths: Iterable[PathLike]) -> tuple[Path, ...]:
    """The paths to check, the working directory when there are none."""
    return tuple(Path(os.path.abspath(path)) for path in paths) or (Path.cwd(),)


def config_for(first: Path, given: PathLike | Config | None = None) -> Config:
    """The configuration for a check whose first path (absolute) this is: what was given, else the nearest file's."""
    if isinstance(given, Config):
        return given
    file = Path(os.path.abspath(given)) if given is not None else find(first if first.is_dir() else first.parent)
    return load(file) if file else Config()


def base_of(config: Config) -> Path:
    """The folder that the patterns of a configuration are relative to."""
    return config.file.parent.absolute() if config.file else Path.cwd()


def policy_of(config: Config) -> Policy:
    """A configuration resolved against the rules that are shipped; raises ConfigError."""
    from qp_lint.rules.load import load_rules
    from qp_lint.selectors import catalogue

    return policy(config, catalogue((rule.code, rule.name) for rule in load_rules()), base_of(config))


def options_of(
    config: Config, rules: Policy, paths: Sequence[Path], overlay: Mapping[str, str], *, docs: bool = False
) -> Options:
    """How to check `paths` (absolute) under a configuration."""
    from qp_lint.discover import root_of
    from qp_lint.pipeline import Options

    return Options(
        exclude=tuple(rebased((*config.exclude, *config.extend_exclude), rules.base, root_of(paths))),
        respect_gitignore=config.respect_gitignore,
        docs=docs,
        targets=dict(config.target_versions),
        severities=rules.severities,
        overlay=overlay,
    )


def targets_of(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Versions given by hand as a configuration has them."""
    from packaging.utils import canonicalize_name

    try:
        return tuple((str(canonicalize_name(package)), specifier(text)) for package, text in given.items())
    except (TypeError, ValueError) as error:
        raise ConfigError(f"targets: {error}") from None
