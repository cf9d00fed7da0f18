"""Which package versions a project admits, read from the files that say so.

The file nearest to the run wins, package by package (what lies in a folder `requirements` counts as beside it); in one folder a
lock file wins over a pin, a pin over a range, and all of these over a file for some of the users (`requirements/npu.txt`).  A
project that is itself such a package has the version that it gives itself.  What a notebook installs holds for that notebook
alone, before all files.  Versions given by hand win over all.  Only packages that qp-lint has facts about (`releases.yaml`) are
looked for.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qp_lint.project import Project
from qp_lint.requirements.base import Pin, Reader
from qp_lint.requirements.files import FOLDER, is_part, reader_of
from qp_lint.requirements.own import own_pin
from qp_lint.text import Source
from qp_lint.versions import Admitted, Versions, valid_specifier

NOTEBOOK = ".ipynb"
NAMED, PART, RANGE, PINNED, LOCKED = range(5)  # how strongly a file speaks of a package


@dataclass(slots=True)
class Requirements:
    """Answers `versions(path)` for runs of one project; every requirement file is read once."""

    project: Project
    given: Mapping[str, Admitted] = field(default_factory=dict)
    _folders: dict[str, dict[str, Admitted]] = field(default_factory=dict)

    def versions(self, path: str) -> Versions:
        """What is admitted for a run that starts at the file `path`."""
        folder = posixpath.dirname(path)
        admitted = dict(self.notebook(path)) if path.endswith(NOTEBOOK) else {}
        while True:
            for package, found in self.folder(folder).items():
                if package not in admitted or not admitted[package].specifier:
                    admitted[package] = found
            if not folder or folder == "/":
                break
            folder = posixpath.dirname(folder)
        return Versions({**admitted, **self.given})

    def folder(self, folder: str) -> Mapping[str, Admitted]:
        """What the requirement files of one folder (project path) admit."""
        if folder not in self._folders:
            inside = posixpath.join(folder, FOLDER)
            paths = [posixpath.join(folder, name) for name in self.project.listdir(folder) if not name.endswith(NOTEBOOK)]
            paths += [posixpath.join(inside, name) for name in self.project.listdir(inside)]
            found = self.admitted(paths)
            own = own_pin(self.project, folder)
            if own is not None and valid_specifier(own.specifier):
                found[own.package] = Admitted(own.specifier, own.span.where(), own.span)
            self._folders[folder] = found
        return self._folders[folder]

    def notebook(self, path: str) -> Mapping[str, Admitted]:
        """What a notebook installs."""
        if path not in self._folders:
            self._folders[path] = self.admitted([path])
        return self._folders[path]

    def admitted(self, paths: Iterable[str]) -> dict[str, Admitted]:
        """What these files admit together."""
        found: dict[str, tuple[int, Admitted]] = {}
        for path in paths:
            reader = reader_of(path)
            if reader is None:
                continue
            part = is_part(path)
            for package, (strength, admitted) in self.file(path, reader).items():
                strength = min(strength, PART) if part else strength
                if package not in found or strength > found[package][0]:
                    found[package] = strength, admitted
        return {package: admitted for package, (_, admitted) in found.items()}

    def file(self, path: str, reader: Reader) -> dict[str, tuple[int, Admitted]]:
        """What a file admits together with those it includes, and how strongly it says so."""
        found: dict[str, tuple[int, Admitted]] = {}
        for pin in self.pins(path, reader, set()):
            exact = pin.specifier.startswith("==") and "*" not in pin.specifier
            strength = NAMED if not pin.specifier else LOCKED if reader.lock else PINNED if exact else RANGE
            admitted = Admitted(pin.specifier, pin.span.where(), pin.span)
            old = found.get(pin.package)
            if old is None or strength > old[0]:
                found[pin.package] = strength, admitted
            elif strength == old[0] == RANGE and pin.specifier != old[1].specifier:
                found[pin.package] = RANGE, _both(pin.package, old[1], admitted)
        return found

    def source(self, path: str) -> Source | None:
        """The text of a requirement file; of a notebook the commands of its cells."""
        if not path.endswith(NOTEBOOK):
            return self.project.source(path)
        notebook = self.project.notebook(path)
        return notebook.shell if notebook is not None else None

    def pins(self, path: str, reader: Reader, seen: set[str]) -> list[Pin]:
        """The pins of a requirement file and of those it includes (`-r`, `-c`; they may have any name), each file once."""
        if path in seen:
            return []
        seen.add(path)
        source = self.source(path)
        if source is None:
            return []
        # a bare `transformers` says nothing of its version: the newest release is assumed as without it
        pins = [pin for pin in reader.read(source) if valid_specifier(pin.specifier)]
        for name in reader.includes(source):
            included = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if self.project.exists(included):
                pins += self.pins(included, reader, seen)
        return pins


def _both(package: str, one: Admitted, other: Admitted) -> Admitted:
    """What a range and one that constrains it admit together; the first where they have no release in common (alternatives)."""
    both = Admitted(f"{one.specifier},{other.specifier}", f"{one.source} and {other.source}", one.span)
    return both if Versions({package: both}).admits_known(package) else one
