"""A folder that is open in an editor, and what is known of it.

An edit is answered in two steps: at once for the runs that read the edited file, then, when the editor rests, for the whole
folder.  Both reuse what was parsed of files that read the same.
"""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pygls.uris import to_fs_path

from qp_lint import api, pipeline
from qp_lint.config import Config, ConfigError, merged
from qp_lint.diagnostics import Finding, Note, Severity
from qp_lint.discover import Kind, kind_of
from qp_lint.observer import Observer
from qp_lint.pipeline import Result
from qp_lint.policy import Policy
from qp_lint.project import Project
from qp_lint.report.formats.lsp import Document, of_file, published
from qp_lint.report.result import noted, place_of_finding, places, selected
from qp_lint.report.view import view
from qp_lint.requirements import NOTEBOOK
from qp_lint.requirements.base import Reader
from qp_lint.requirements.files import reader_of
from qp_lint.text import Source

LOCAL = (Kind.PYTHON, Kind.NOTEBOOK, Kind.YAML, Kind.JSON, Kind.SHELL)  # an edit of other kinds may change which files count
LISTS = {"select": "select", "extendSelect": "extend_select", "ignore": "ignore"}


class Cancelled(Exception):
    """A check that was given up because of an edit."""


class Interruptible(Observer):
    """Gives a check up once that is asked for."""

    def __init__(self) -> None:
        self.cancelled = False

    def stage(self, name: str) -> None:
        """Look whether to go on."""
        self.files(0, 0)

    def files(self, done: int, total: int) -> None:
        """Look whether to go on."""
        if self.cancelled:
            raise Cancelled


@dataclass(frozen=True, slots=True)
class Known:
    """What a check found: the findings and notes to show, and the check itself for questions about it."""

    result: Result
    policy: Policy
    findings: list[Finding]
    notes: list[Note]


@dataclass(slots=True)
class Folder:
    """A folder (absolute) and its state.

    `texts` gives the unsaved buffers below it by absolute path; `settings` are the editor's; `changed` the paths edited since the
    last check.  `shown` is what editors show of it: LSP diagnostics by `key_of` the document that `document` says for a place.
    """

    root: Path
    texts: Callable[[], Mapping[str, str]]
    document: Document = of_file
    settings: Mapping[str, Any] = field(default_factory=dict)
    encoding: str = "utf-16"
    changed: deque[str] = field(default_factory=deque)
    known: Known | None = None
    shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    linked: frozenset[tuple[str, ...]] = frozenset()  # the files of each run when the whole folder was last checked
    problem: str = ""  # why the configuration cannot be used
    observer: Interruptible = field(default_factory=Interruptible)

    def holds(self, path: str) -> bool:
        """Whether a file (absolute) lies in the folder."""
        return path.startswith(os.path.join(self.root, ""))

    def interrupt(self) -> None:
        """Give up a check of the whole folder that runs, unless it is the first."""
        if self.known is not None:
            self.observer.cancelled = True

    def update(self, whole: bool = False) -> None:
        """Check what has changed, or everything; a check that is given up leaves everything as it was."""
        edited: set[str] = set()
        while self.changed:
            edited.add(self.changed.popleft())
        if not edited and not whole and self.known is not None:
            return
        self.observer = Interruptible()
        texts = self.texts()
        try:
            near = None if whole or self.known is None else self._near(self.known, edited, texts)
            self.known = near or self._whole(texts)
            self.problem = ""
        except Cancelled:
            self.changed.extend(edited)
            return
        except ConfigError as error:
            self.problem = str(error)
            return
        found = view(self.known.findings, (), self.known.notes, files=0, runs=0)
        said = published(found, self.encoding, self.document)
        self.shown = {key_of(str(each["uri"])): each["diagnostics"] for each in said}  # type: ignore[misc]

    def _whole(self, texts: Mapping[str, str]) -> Known:
        """Check the folder."""
        config = configuration(self.root, self.settings)
        policy = api.policy_of(config)
        docs = self.settings.get("includeDocs") is True
        how = api.options_of(config, policy, (self.root,), texts, docs=docs)
        known = self.known.result.project if self.known else None
        result = pipeline.check([self.root], dataclasses.replace(how, observer=self.observer), known=known)
        self.linked = result.read
        return Known(result, policy, *self._reported(result, policy))

    def _reported(self, result: Result, policy: Policy) -> tuple[list[Finding], list[Note]]:
        """What is shown of a result."""
        lowest = Severity[str(self.settings.get("severity", "info")).upper()]
        return selected(result, policy, (self.root,), lowest)[0], noted(result, policy, (self.root,), lowest)

    def _near(self, old: Known, edited: Set[str], texts: Mapping[str, str]) -> Known | None:
        """Check the runs that read the edited files; None when an edit may change more than those."""
        project = old.result.project
        read = old.result.read | self.linked  # while a file is half written, what it led to is remembered
        names = {project.relative(path): path for path in edited}
        if any(path not in texts or not _local(project, name, texts[path]) for name, path in names.items()):
            return None
        touched = set(names).union(*(files for files in read if not names.keys().isdisjoint(files)))
        around = touched.union(*(files for files in read if not touched.isdisjoint(files)))
        new = pipeline.recheck(old.result, {name: texts[path] for name, path in names.items()}, around)
        touched = touched.union(*(files for files in new.read if not touched.isdisjoint(files)))
        findings, notes = self._reported(new, old.policy)
        shown = {project.shown(path) for path in touched}
        result = dataclasses.replace(
            new,
            findings=_joined(old.result.findings, new.findings, shown),
            runs=[
                *(run for run in old.result.runs if touched.isdisjoint(run.files)),
                *(run for run in new.runs if not touched.isdisjoint(run.files)),
            ],
            project=new.project.changed({}, project.files),
            read=frozenset(
                (*(files for files in read if touched.isdisjoint(files)), *(f for f in new.read if not touched.isdisjoint(f)))
            ),
        )
        said = [note for note in old.notes if note.path not in shown] + [note for note in notes if note.path in shown]
        return Known(result, old.policy, _joined(old.findings, findings, shown), said)


def _joined(old: list[Finding], new: list[Finding], shown: Set[str]) -> list[Finding]:
    """Findings of two checks: those that point into the files `shown` from the new one, the others from the old."""
    found = [finding for finding in old if shown.isdisjoint(places(finding))]
    found += [finding for finding in new if not shown.isdisjoint(places(finding))]
    return sorted(found, key=place_of_finding)


def _local(project: Project, name: str, text: str) -> bool:
    """Whether a file (project path) that reads `text` now changes only runs that read it: what it requires counts for others."""
    if name not in project.files or kind_of(name, None) not in LOCAL:
        return False
    reader = reader_of(name)
    if reader is None or name.endswith(NOTEBOOK):  # what a notebook installs is its own affair
        return True
    before = project.source(name)
    return before is not None and _required(reader, before) == _required(reader, Source(before.path, text))


def _required(reader: Reader, source: Source) -> list[tuple[str, ...]]:
    """What a file requires, and where it says so."""
    return [(pin.package, pin.specifier, pin.span.where()) for pin in reader.read(source)]


def key_of(uri: str) -> str:
    """What a document is called in `Folder.shown`: a file by its path, a cell of a notebook by its URI."""
    return to_fs_path(uri) or uri


def configuration(root: Path, settings: Mapping[str, Any]) -> Config:
    """The configuration of a folder with the editor's settings; raises ConfigError."""
    for key, kind in (*dict.fromkeys(LISTS, list).items(), ("targets", dict), ("configuration", str), ("severity", str)):
        if not isinstance(settings.get(key, kind()), kind):
            raise ConfigError(f"the editor's setting `qp-lint.{key}` has the wrong type")
    if str(settings.get("severity", "info")) not in ("info", "warning", "error"):
        raise ConfigError("the editor's setting `qp-lint.severity` is none of info, warning, error")
    file = settings.get("configuration")
    config = api.config_for(root, root / file if file else None)
    given = {name: tuple(map(str, settings.get(key, ()))) for key, name in LISTS.items()}
    return merged(config, **given, target_versions=api.targets_of(settings.get("targets", {})))
