"""The whole pipeline as one call: files in, findings out.  Command line, Python interface and editor server are its clients."""

from __future__ import annotations

import dataclasses
import os
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from qp_lint.diagnostics import Finding, Note, Severity
from qp_lint.discover import DOCS, JOURNALS, Kind, discover, is_root, kind_of, root_of
from qp_lint.frameworks import may_matter
from qp_lint.observer import Observer
from qp_lint.project import Project
from qp_lint.run import Run
from qp_lint.versions import Admitted


@dataclass(frozen=True, slots=True)
class Options:
    """How to check: `exclude` are gitignore patterns, `targets` versions given by hand (package → `==4.51.3`)."""

    exclude: Sequence[str] = ()
    respect_gitignore: bool = True
    docs: bool = False  # read the commands of Markdown files
    targets: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    overlay: Mapping[str, str] = field(default_factory=dict)  # texts that win over the disk, by absolute path
    rule_cache: bool = True
    observer: Observer = field(default_factory=Observer)
    keep_runs: bool = True  # else a run is forgotten once it is judged, and what was parsed for it with it


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found; `findings` in the order of path and place, suppressed ones included.

    `runs` are kept when `Options.keep_runs` asks for them; `launched` counts the things that a person would launch, and
    `read` holds the files of each run (project paths).  `options` is how it was checked.  `journals` are the folders in which a
    --fix is at work, or was when it was killed.
    """

    findings: list[Finding]
    notes: list[Note]
    runs: list[Run]
    project: Project
    launched: int = 0
    read: frozenset[tuple[str, ...]] = frozenset()
    options: Options = field(default_factory=Options)
    journals: tuple[Path, ...] = ()


def shown_path(root: Path) -> Callable[[str], str]:
    """How project paths are printed: relative to the working directory when that lies above or in the project, else absolute."""
    here = os.getcwd()
    base = str(root)
    if base == here:
        return lambda path: path
    if here.startswith(os.path.join(base, "")):
        inside = os.path.relpath(here, base).replace(os.sep, "/")
        return lambda path: path if path.startswith("/") else posixpath.relpath(path, inside)
    prefix = os.path.relpath(base, here).replace(os.sep, "/") if base.startswith(os.path.join(here, "")) else base
    return lambda path: path if path.startswith("/") else f"{prefix}/{path}"


def check(
    paths: Sequence[Path | str], options: Options | None = None, *, root: Path | None = None, known: Project | None = None
) -> Result:
    """Check the project that holds `paths` (files or folders).

    With files, the whole project around them is read all the same: which findings to report is the caller's choice.
    `root` is the project's root, by default the nearest folder above `paths` that looks like one.  `known`
    is the project of an earlier check: what was parsed of files that still read the same is not parsed again.
    """
    options = options or Options()
    places = [Path(os.path.abspath(path)) for path in paths]
    base = root.absolute() if root else root_of(places)
    observer = options.observer
    observer.stage("find files")
    files = [path for path in places if not path.is_dir() and kind_of(path.as_posix(), path) is not Kind.OTHER]
    around = _around(files, base)
    unwritten = {path for path in options.overlay if kind_of(path, options.overlay[path]) is not Kind.OTHER}
    unwritten = {path for path in unwritten if not os.path.exists(path)}
    listing = discover(
        [path for path in (*places, *around) if str(path) not in unwritten],
        root=base,
        exclude=options.exclude,
        respect_gitignore=options.respect_gitignore,
        docs=options.docs,
    )
    project = Project(base, listing.files, shown=shown_path(base))
    project.files = tuple(sorted({*listing.files, *map(project.relative, unwritten)}))
    for path, text in options.overlay.items():
        project.overlay[project.relative(path)] = text
    if known is not None:
        project.adopt(known)
    for problem in listing.problems:
        project.note(problem.code, problem.message, problem.path)
    if not any(
        (project.kind(path) is not Kind.OTHER or path.endswith(DOCS)) and project.holds(path, may_matter)
        for path in project.files
    ):
        result = Result([], project.notes, [], project, options=options)
    else:
        result = _judged(project, options)
    below = (base / path for path in listing.journals)
    return dataclasses.replace(result, journals=tuple(dict.fromkeys((*_journals(base), *below))))


def recheck(result: Result, overlay: Mapping[str, str], files: Collection[str]) -> Result:
    """The check again for the runs that `files` (project paths) describe, as if those in `overlay` (path → text) read so.

    What the first check read of the other files is not read again.  The runs are kept.
    """
    old = result.project
    listed = [path for path in old.files if path in files]
    project = old.changed(overlay, (*listed, *(path for path in overlay if path not in listed)))
    return _judged(project, dataclasses.replace(result.options, keep_runs=True, observer=Observer()))


def _judged(project: Project, options: Options) -> Result:
    """Link and judge the runs of a project."""
    observer = options.observer
    observer.stage("load rules")
    from qp_lint.judge import Judge
    from qp_lint.link import entries
    from qp_lint.requirements import Requirements
    from qp_lint.rules.load import load_rules

    judging = Judge(load_rules(cache=options.rule_cache), options.severities)
    kept: list[Run] = []
    launched, read = 0, set[tuple[str, ...]]()
    observer.stage("judge runs")
    for runs in entries(project, Requirements(project, _targets(options)).versions):
        with project.guarded(runs[0].files[0] if runs else ""):
            judging.add(runs)
        observer.files(len(project.seen), len(project.files))
        launched += _launches(runs)
        read |= {run.files for run in runs}
        if options.keep_runs:
            kept += runs
        else:
            project.forget_modules()
    findings = judging.findings()
    findings.sort(key=_place)
    return Result(findings, project.notes, kept, project, launched, frozenset(read), options)


def check_command(words: Sequence[str], env: Mapping[str, str], options: Options | None = None) -> Result:
    """Check the runs that a command would start in the working directory with these environment variables, and no others.

    Packages count in the versions that are installed for the command, unless `Options.targets` says otherwise.
    """
    from qp_lint.judge import Judge
    from qp_lint.link.given import given_runs
    from qp_lint.requirements import Requirements
    from qp_lint.requirements.installed import installed
    from qp_lint.rules.load import load_rules

    options = options or Options()
    here = Path.cwd()
    base = root_of([here])
    project = Project(base, shown=shown_path(base))
    given = {**installed(words, env), **_targets(options)}
    directory = "" if here == base else project.relative(here.as_posix())
    runs = given_runs(project, words, env, directory, Requirements(project, given).versions)
    project.files = tuple(sorted({path for run in runs for path in run.files if project.exists(path)}))
    judging = Judge(load_rules(cache=options.rule_cache), options.severities)
    judging.add(runs)
    findings = sorted(judging.findings(), key=_place)
    read = frozenset(run.files for run in runs)
    return Result(findings, project.notes, runs, project, _launches(runs), read, journals=tuple(_journals(base)))


def _journals(base: Path) -> Iterator[Path]:
    """The folders at and above a project's root in which a --fix left a journal."""
    return (folder for folder in (base, *base.parents) if any(os.path.lexists(folder / name) for name in JOURNALS))


def _launches(runs: Sequence[Run]) -> int:
    """How many things a person would launch these runs are."""
    return len({(run.spans, run.loops) for run in runs})


def _targets(options: Options) -> dict[str, Admitted]:
    return {name: Admitted(specifier, "--target") for name, specifier in options.targets.items()}


def _around(files: Sequence[Path], base: Path) -> list[Path]:
    """What is read with single files: their project; where none is known, only what lies beside them."""
    if is_root(base):
        return [base] if files else []
    found: list[Path] = []
    for folder in {file.parent for file in files}:
        with suppress(OSError):
            found += [path for path in folder.iterdir() if kind_of(path.name, None) is not Kind.OTHER and path.is_file()]
    return found


def _place(finding: Finding) -> tuple[str, int, str]:
    span = finding.span.outermost()
    return span.source.path, span.start, finding.code
