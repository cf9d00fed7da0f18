"""The files of a project, read once, parsed when asked, found the way a launcher would find them."""

from __future__ import annotations

import os
import posixpath
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from qp_lint.diagnostics import Note, Severity
from qp_lint.discover import Kind, ReadProblem, decode, is_python, kind_of, read_bytes, read_text
from qp_lint.parse import ParseError
from qp_lint.text import Source
from qp_lint.tree import Node

if TYPE_CHECKING:
    from qp_lint.parse.notebook import Notebook
    from qp_lint.parse.python import PythonTree
    from qp_lint.parse.shell import Opener, Script

T = TypeVar("T")

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
PACKAGES = 50  # folders of a project that are looked at for the commands that they install
HELD = 1_000_000  # characters of parsed Python files that are kept for the next run; a tree takes fifty times as many bytes


@dataclass(slots=True)
class Project:
    """Documents under `root` (a folder of this machine), by path.

    A path inside a project is posix and relative to `root`; files outside (a model folder, a parent's config) keep their
    absolute path.  `overlay` holds texts that win over the disk (standard input, unsaved buffers).
    `shown` turns a project path into the one that reports print (relative to the working directory).
    `seen` collects the files that were looked at, `probed` the files and folders that were read, or looked for in vain: what the
    result depends on.
    """

    root: Path
    files: tuple[str, ...] = ()
    overlay: dict[str, str] = field(default_factory=dict)
    shown: Callable[[str], str] = str
    notes: list[Note] = field(default_factory=list)
    probed: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    opened: dict[str, str] = field(default_factory=dict)  # what scripts and job files source or start: path shown, project path
    parts: dict[str, bool] = field(default_factory=dict)  # scripts that others start, whether one sources them
    _sources: dict[str, Source | None] = field(default_factory=dict)
    _parsed: dict[tuple[str, str], object] = field(default_factory=dict)
    _written: set[str] = field(default_factory=set)
    _last: tuple[str, bytes] = ("", b"")
    _kinds: dict[str, Kind] = field(default_factory=dict)
    _listed: frozenset[str] | None = None
    _manifests: tuple[str, ...] | None = None

    def locate(self, path: str, *folders: str) -> str | None:
        """The project path of an existing file that a tool would open as `path`, tried from each of `folders` in turn.

        Folders are project paths ("" is the root, also tried when none is given); None when no such file exists.
        """
        if not path or "\0" in path:
            return None
        for folder in folders or ("",):
            candidate = posixpath.normpath(posixpath.join(folder, path))
            if self.exists(candidate):
                return self.relative(candidate)
        return None

    def relative(self, path: str) -> str:
        """The project path of a path that may be absolute."""
        if path.startswith("/"):
            try:
                return Path(path).relative_to(self.root).as_posix()
            except ValueError:
                return path
        return path

    def write(self, path: str, source: Source) -> None:
        """Add a file that a launch script writes (a here-document); it wins over the disk."""
        self._sources[path] = source
        self._parsed = {key: value for key, value in self._parsed.items() if key[0] != path}
        self._written.add(path)

    def write_data(self, path: str, tree: Node) -> None:
        """Add a data file that a program writes, as the tree of what it holds."""
        self._sources.setdefault(path, None)
        self._parsed[path, "data"] = (tree,)
        self._written.add(path)

    def changed(self, overlay: Mapping[str, str], files: tuple[str, ...]) -> Project:
        """The same project with `files` listed and other texts; what was read and parsed of the rest is kept."""
        project = Project(self.root, files, {**self.overlay, **overlay}, self.shown)
        project._keep(self, self._sources.keys() - overlay.keys())
        return project

    def adopt(self, old: Project) -> None:
        """Take over what another project read and parsed of files that read the same now."""
        self._keep(old, [path for path, source in old._sources.items() if source is not None and self._reads(path, source)])

    def _reads(self, path: str, known: Source) -> bool:
        """Whether a file reads as it is known."""
        try:
            text = self.overlay[path] if path in self.overlay else read_text(self.root / path)[0]
        except ReadProblem:
            return False
        return text == known.text and known.path == self.shown(path)

    def _keep(self, old: Project, paths: Iterable[str]) -> None:
        """Share what was read of `paths`.  What failed is tried again, for its note; a shell script may have read others."""
        kept = set(paths) - old._written
        self._sources |= {path: source for path, source in old._sources.items() if path in kept and source is not None}
        parsed = ((key, value) for key, value in old._parsed.items() if value is not None and key[1] != "shell")
        self._parsed |= {key: value for key, value in parsed if key[0] in kept}

    def exists(self, path: str) -> bool:
        """Whether a file lies at a project path."""
        if path in self.overlay or path in self._written:
            return True
        if self._listed is None:
            self._listed = frozenset(self.files)
        if path in self._listed:
            return True
        self.probed.add(path)
        try:
            return os.path.isfile(os.path.join(self.root, path))
        except (OSError, ValueError):
            return False

    def listdir(self, folder: str) -> list[str]:
        """The names of the files in a folder of the project, sorted; empty when it cannot be read."""
        self.probed.add(folder)
        try:
            names = {name for name in os.listdir(self.root / folder) if (self.root / folder / name).is_file()}
        except OSError:
            names = set()
        names |= {posixpath.basename(path) for path in self.overlay if posixpath.dirname(path) == folder}
        return sorted(names)

    def kind(self, path: str) -> Kind:
        """What a file is by its name and first bytes."""
        if path not in self._kinds:
            self._kinds[path] = kind_of(path, self.overlay.get(path) if path in self.overlay else self.root / path)
        return self._kinds[path]

    def holds(self, path: str, test: Callable[[bytes], bool]) -> bool:
        """Whether the bytes of a file pass a test; nothing is kept of them.

        A file that cannot be read, or is no UTF-8 by its NUL bytes, passes: reading it notes why.
        """
        self.seen.add(path)
        try:
            data = self.data_of(path)
            return b"\0" in data or test(data)
        except ReadProblem:
            return True

    def data_of(self, path: str) -> bytes:
        """The bytes of a file, in UTF-8 when it was read before; those of the last one are kept.  Raises ReadProblem."""
        known = self._sources.get(path)
        text = known.text if known is not None else self.overlay.get(path)
        if text is not None:
            return text.encode("utf-8", "replace")
        if self._last[0] != path:
            self._last = path, read_bytes(os.path.join(self.root, path))
        return self._last[1]

    def source(self, path: str) -> Source | None:
        """The decoded text of a file; None, with a note, when it cannot be read."""
        self.seen.add(path)
        if path not in self._sources:
            source: Source | None = None
            try:
                if path in self.overlay:
                    source = Source(self.shown(path), self.overlay[path])
                else:
                    text, bom = decode(self.data_of(path), is_python(path))
                    source = Source(self.shown(path), text, bom)
            except ReadProblem as problem:
                self.note(problem.code, problem.message, path, line=problem.line)
            self._sources[path] = source
        return self._sources[path]

    def note(
        self, code: str, message: str, path: str, *, line: int = 0, column: int = 0, severity: Severity = Severity.WARNING
    ) -> None:
        """Record once that a file could not be understood."""
        note = Note(code, severity, message, self.shown(path), line, column)
        if note not in self.notes:
            self.notes.append(note)

    def note_error(self, error: ParseError, path: str, source: Source, code: str = "QP902") -> None:
        """Record where a text of a file does not parse; of a notebook's cells that is a place in the notebook."""
        span = source.span(error.offset, error.offset).outermost()
        place = span.source.position(span.start)
        self.note(code, error.message, path, line=place.line, column=place.column)

    @contextmanager
    def guarded(self, path: str) -> Iterator[None]:
        """While inside, a mistake of qp-lint becomes a note that names the file, and the other files are still checked."""
        try:
            yield
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{frame.filename.rpartition('qp_lint')[2].lstrip('/')}:{frame.lineno}"
            detail = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            self.note("QP900", f"internal error: {detail} ({place})", path, severity=Severity.ERROR)

    def parsed(self, path: str, format: str, parse: Callable[[Source], T], code: str = "QP902") -> T | None:
        """The result of `parse` on a file, computed once for each `format`; None, with a note, when it does not parse."""
        key = (path, format)
        if key not in self._parsed:
            result: T | None = None
            source = self.source(path)
            if source is not None:
                try:
                    result = parse(source)
                except ParseError as error:
                    self.note_error(error, path, source, code)
                except RecursionError:
                    self.note(code, "nested too deeply to be read", path)
            self._parsed[key] = result
        return self._parsed[key]  # type: ignore[return-value]

    def forget_modules(self) -> None:
        """Let go of the Python files that were parsed first, when it is much; they are parsed again when they are asked for."""
        trees = ((key, tree) for key, tree in self._parsed.items() if key[1] == "python" and tree is not None)
        held = {key: cast("PythonTree", tree).size for key, tree in trees}
        total = sum(held.values())
        for key, size in held.items():
            if total <= HELD:
                break
            del self._parsed[key]
            total -= size

    def data(self, path: str) -> Node | None:
        """The tree of a YAML, JSON or TOML file; of several YAML documents the first (see `documents`)."""
        documents = self.documents(path)
        return documents[0] if documents else None

    def documents(self, path: str) -> tuple[Node, ...]:
        """All documents of a data file, by its extension."""
        from qp_lint.parse.data import parse_data

        return self.parsed(path, "data", lambda source: parse_data(source, path)) or ()

    def module(self, path: str) -> PythonTree | None:
        """The tree of a Python file or notebook."""
        from qp_lint.parse.python import PythonTree

        code = self.code(path)
        if code is None or code.host is None:
            return self.parsed(path, "python", PythonTree)

        def parse(_: Source) -> PythonTree:
            try:
                return PythonTree(code)
            except ParseError as error:
                raise ParseError(error.message, code.span(error.offset, error.offset).outermost().start) from None

        return self.parsed(path, "python", parse)

    def code(self, path: str) -> Source | None:
        """The Python text of a file; of a notebook that of its cells."""
        if not path.endswith(".ipynb"):
            return self.source(path)
        notebook = self.notebook(path)
        return notebook.code if notebook is not None else None

    def notebook(self, path: str) -> Notebook | None:
        """The programs of a notebook."""
        from qp_lint.parse.notebook import parse_notebook

        return self.parsed(path, "notebook", parse_notebook)

    def script(self, path: str) -> Script | None:
        """The commands of a shell script."""
        from qp_lint.parse.shell import parse_shell

        script = self.parsed(path, "shell", lambda source: parse_shell(source, read=self.opener(path)))
        if script is not None and script.unclosed is not None:
            place = script.unclosed.begin
            self.note("QP902", "not valid shell: this quote is never closed", path, line=place.line, column=place.column)
        return script

    def sourced(self, path: str, name: str) -> str | None:
        """The file that a script at `path` reads as `name` (`source env.sh`): from its folder or above, None out of reach."""
        folders = [posixpath.dirname(path)]
        while folders[-1] and folders[-1] != "/":
            folders.append(posixpath.dirname(folders[-1]))
        found = self.locate(name, *folders)
        return found if found != path else None

    def opener(self, path: str, *outer: str) -> Opener:
        """What opens the files that a shell text at `path` sources or starts, itself read for the scripts at `outer`.

        `opened` and `parts` remember it.
        """

        def read(name: str, started: bool) -> tuple[Source, Opener] | None:
            found = next((place for script in (path, *outer) if (place := self.sourced(script, name))), None)
            if found is None or found in (path, *outer) or (started and self.kind(found) is not Kind.SHELL):
                return None
            source = self.source(found)
            if source is None:
                return None
            self.opened[source.path] = found
            self.parts[found] = self.parts.get(found, False) or not started
            return source, self.opener(found, path, *outer)

        return read

    def manifests(self) -> tuple[str, ...]:
        """The files that say which commands a package installs, the outermost first."""
        if self._manifests is None:
            named = {posixpath.dirname(path) for path in self.files if posixpath.basename(path) in MANIFESTS}
            folders = sorted(named, key=lambda folder: folder.count("/") + bool(folder))[:PACKAGES]
            found = (posixpath.join(folder, name) for folder in folders for name in MANIFESTS)
            self._manifests = tuple(path for path in found if self.exists(path))
        return self._manifests

    def of_kind(self, *kinds: Kind) -> Iterable[str]:
        """The listed files of these kinds, in the order of the listing."""
        return (path for path in self.files if self.kind(path) in kinds)
