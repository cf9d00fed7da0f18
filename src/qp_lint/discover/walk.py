"""The files below folders."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qp_lint.diagnostics import Note, Severity
from qp_lint.discover.ignore import Ignore, compiled, ignored, slash
from qp_lint.discover.kind import Kind, kind_of
from qp_lint.discover.read import LIMIT, ReadProblem, read_start, reason

_SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".venv", "venv", "node_modules", "site-packages", "__pycache__", ".ipynb_checkpoints", ".eggs"),
        *(".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".qp-lint-cache"),
    )
)


DOCS = (".md", ".markdown")
# What a --fix leaves in a folder when it is killed, see `fix.journal`.
UNFINISHED, FINISHED = ".qp-lint-unfinished", ".qp-lint-finished"
JOURNALS = frozenset((UNFINISHED, FINISHED))


@dataclass(frozen=True, slots=True)
class Listing:
    """What `discover` found: project paths, what it could not look into, and the folders it looked into (paths as in `files`).

    `journals` are the folders in which a --fix is at work, or was when it was killed.
    """

    files: tuple[str, ...]
    problems: tuple[Note, ...] = ()
    folders: tuple[str, ...] = ()
    journals: tuple[str, ...] = ()


def discover(
    paths: Sequence[Path], *, root: Path, exclude: Sequence[str] = (), respect_gitignore: bool = True, docs: bool = False
) -> Listing:
    """The files to check: those below the folders in `paths`, and the files in `paths` whatever they are.

    `exclude` are gitignore patterns relative to `root`; `docs`: Markdown files as well.  The files are posix paths relative to
    `root` (absolute when outside), sorted, each once.  Symbolic links to folders are not followed, links to files only where
    they stay inside `root`.
    """
    walk = _Walk(os.path.abspath(root), respect_gitignore, exclude, docs)
    for path in paths:
        walk.start(os.path.abspath(path))
    return Listing(tuple(sorted(walk.files)), tuple(walk.problems), tuple(walk.folders), tuple(walk.journals))


def root_of(paths: Sequence[Path]) -> Path:
    """The project's root: the nearest folder at or above what is common to `paths` with .git, pyproject.toml or qp-lint.toml.

    Without any such folder it is the common folder itself.
    """
    folders = [p if os.path.isdir(p) else os.path.dirname(p) for p in map(os.path.abspath, paths)]
    try:
        common = Path(os.path.commonpath(folders) if folders else os.getcwd())
    except ValueError:  # different drives
        common = Path(folders[0])
    return next((folder for folder in (common, *common.parents) if is_root(folder)), common)


def is_root(folder: Path) -> bool:
    """Whether a folder looks like the root of a project."""
    return any(os.path.exists(folder / mark) for mark in (".git", "pyproject.toml", "qp-lint.toml"))


@dataclass(slots=True)
class _Walk:
    root: str
    gitignore: bool
    exclude: Sequence[str]
    docs: bool = False
    files: set[str] = field(default_factory=set)
    problems: list[Note] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    journals: list[str] = field(default_factory=list)
    _ignores: dict[str, Ignore | None] = field(default_factory=dict)
    _excluded: Ignore | None = None

    def start(self, path: str) -> None:
        """Take what the user named."""
        if self.exclude and self._excluded is None:
            self._excluded = compiled(slash(self.root), self.exclude)
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)
            why = "no such file or folder" if missing else reason(error) if isinstance(error, OSError) else str(error)
            self.problem(path, f"cannot be read: {why}")
            return
        if not stat.S_ISDIR(mode):
            self.add(path)
            return
        ignores = list(self.above(path)) if self.gitignore else []
        if self._excluded is not None and slash(path).startswith(self._excluded.base):
            ignores.insert(0, self._excluded)
        self.below(path, ignores)

    def above(self, folder: str) -> Iterator[Ignore]:
        """The ignore files that git reads for a folder, outermost first, its own left out."""
        chain = [folder]
        while not os.path.exists(os.path.join(chain[-1], ".git")) and os.path.dirname(chain[-1]) != chain[-1]:
            chain.append(os.path.dirname(chain[-1]))
        if not os.path.exists(os.path.join(chain[-1], ".git")):  # not in a repository: those inside the project
            chain = [f for f in chain if f == self.root or f.startswith(slash(self.root))]
        elif found := self.ignore_file(os.path.join(chain[-1], ".git", "info", "exclude"), chain[-1]):
            yield found
        for outer in reversed(chain[1:]):
            if found := self.ignore_file(os.path.join(outer, ".gitignore"), outer):
                yield found

    def ignore_file(self, path: str, base: str) -> Ignore | None:
        """The patterns of an ignore file, None where there is none; read and compiled once."""
        if path not in self._ignores:
            found = None
            try:
                lines = read_start(Path(path), LIMIT).decode("utf-8", "replace").splitlines()
            except ReadProblem:
                lines = []
            if any(line.strip() and not line.startswith("#") for line in lines):
                found = compiled(slash(base), lines)
            self._ignores[path] = found
        return self._ignores[path]

    def below(self, top: str, ignores: list[Ignore]) -> None:
        """Every file of a kind that is read below a folder."""
        stack = [(top, ignores)]
        while stack:
            folder, ignores = stack.pop()
            self.folders.append(self.named(folder))
            try:
                with os.scandir(folder) as found:
                    entries = list(found)
            except OSError as error:
                self.problem(folder, f"folder cannot be read: {reason(error)}")
                continue
            names = {entry.name for entry in entries}
            if not JOURNALS.isdisjoint(names):
                self.journals.append(self.named(folder))
            if self.gitignore and ".gitignore" in names:
                own = self.ignore_file(os.path.join(folder, ".gitignore"), folder)
                ignores = [*ignores, own] if own else ignores
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED and not ignored(entry.path + "/", ignores):
                        stack.append((entry.path, ignores))
                elif self.wanted(entry) and not ignored(entry.path, ignores):
                    self.add(entry.path)

    def wanted(self, entry: os.DirEntry[str]) -> bool:
        """Whether a directory entry is a file of a kind that is read."""
        named = kind_of(entry.path, None) is not Kind.OTHER or (self.docs and entry.name.endswith(DOCS))
        if "." in entry.name and not named:
            return False
        try:
            if entry.is_symlink() and not self.inside(entry.path):
                return False
            if not stat.S_ISREG(entry.stat().st_mode) if entry.is_symlink() else not entry.is_file():
                return False
        except OSError as error:
            if error.errno == errno.ELOOP:
                self.problem(entry.path, f"cannot be read: {reason(error)}")
            return False
        return named or kind_of(entry.path, Path(entry.path)) is not Kind.OTHER

    def inside(self, link: str) -> bool:
        """Whether a link's target lies in the project."""
        return os.path.realpath(link).startswith(slash(os.path.realpath(self.root)))

    def add(self, path: str) -> None:
        """List a file."""
        name = self.named(path)
        if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
            self.problem(path, "left out: its name is not UTF-8")
        else:
            self.files.add(name)

    def problem(self, path: str, message: str) -> None:
        """Note what cannot be looked at."""
        shown = self.named(path).encode("utf-8", "backslashreplace").decode()
        self.problems.append(Note("QP901", Severity.WARNING, message, shown))

    def named(self, path: str) -> str:
        """The project path of an absolute one."""
        inner = path[len(slash(self.root)) :] if path.startswith(slash(self.root)) else path
        return inner if os.sep == "/" else inner.replace(os.sep, "/")
