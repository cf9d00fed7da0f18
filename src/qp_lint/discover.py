"""Which files a check looks at, what kind they are, and their text."""

from __future__ import annotations

import enum
import errno
import functools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qp_lint.diagnostics import Note, Severity

LIMIT = 10 * 1024 * 1024  # bytes of one file; a training script or configuration is never this large


class Kind(enum.Enum):
    """What a file is, by its name and for nameless types its first line."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    YAML = "yaml"
    JSON = "json"
    TOML = "toml"
    SHELL = "shell"
    REQUIREMENTS = "requirements"
    OTHER = "other"


_SUFFIXES = {
    **dict.fromkeys(("py", "pyw"), Kind.PYTHON),
    "ipynb": Kind.NOTEBOOK,
    **dict.fromkeys(("yaml", "yml"), Kind.YAML),
    "json": Kind.JSON,
    "toml": Kind.TOML,
    **dict.fromkeys(("sh", "bash", "sbatch", "slurm", "zsh", "ksh"), Kind.SHELL),
}
_REQUIREMENTS = re.compile(r"(?:^|/)(?:[^/]*(?:requirements|constraints)[^/]*\.(?:txt|in)|requirements/[^/]*\.(?:txt|in))$", re.I)
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*(?:\S*/)?)?(?:(python|pypy)|((?:ba|z|k|da|a)?sh\b))")
_SKIPPED = frozenset(
    (
        *(".git", ".hg", ".svn", ".venv", "venv", "node_modules", "site-packages", "__pycache__", ".ipynb_checkpoints", ".eggs"),
        *(".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".qp-lint-cache"),
    )
)
_CODECS = frozenset(
    (
        *("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "cp1251", "koi8-r"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
    )
)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")


def kind_of(path: str, where: Path | str | None) -> Kind:
    """The kind of a file named `path`.

    `where` is the file on disk, or its text: consulted for the `#!` line when the name has no extension; None: not consulted.
    """
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if dot and stem:
        kind = _SUFFIXES.get(suffix.lower(), Kind.OTHER)
        if kind is Kind.OTHER and suffix.lower() in ("txt", "in") and _REQUIREMENTS.search(path):
            return Kind.REQUIREMENTS
        return kind
    if dot or where is None:
        return Kind.OTHER
    return _by_shebang(where if isinstance(where, str) else _head(where))


def _by_shebang(text: str) -> Kind:
    match = _SHEBANG.match(text[:256])
    if match is None:
        return Kind.OTHER
    return Kind.PYTHON if match[1] else Kind.SHELL


def _head(path: Path) -> str:
    """The first bytes of a regular file, empty when they cannot be read."""
    try:
        return _read(path, 256)[:256].decode("latin-1")
    except ReadProblem:
        return ""


class ReadProblem(Exception):
    """A file whose text cannot be had; `line` is 1-based, 0 when the whole file is meant.

    Codes: QP901 not readable, QP903 not in its encoding, QP904 too large, QP905 binary.
    """

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


def read_text(path: Path) -> tuple[str, bool]:
    """The text of a file, its line ends as written, and whether a byte order mark stood (and was removed) before it.

    Files are UTF-8; a `.py` file may declare another encoding as PEP 263 has it.  Raises ReadProblem.
    """
    return decode(read_bytes(path), path.suffix.lower() in (".py", ".pyw"))


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most `LIMIT` bytes.  Raises ReadProblem."""
    data = _read(path, LIMIT + 1)
    if len(data) > LIMIT:
        raise ReadProblem("QP904", f"larger than {LIMIT >> 20} MiB: not read")
    return data


def decode(data: bytes, python: bool = False) -> tuple[str, bool]:
    """The text of a file's bytes, and whether it began with a byte order mark; `python`: honour PEP 263.  Raises ReadProblem."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadProblem("QP905", "UTF-16 text (it begins with a UTF-16 byte order mark): tools read this file as UTF-8")
    bom = data.startswith(b"\xef\xbb\xbf")
    if bom:
        data = data[3:]
    if b"\0" in data:
        raise ReadProblem("QP905", "binary: it holds NUL bytes", data.count(b"\n", 0, data.index(b"\0")) + 1)
    codec = _declared(data) if python and not bom else "utf-8"
    try:
        return data.decode(codec), bom
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadProblem("QP903", f"not {codec.upper()}: byte 0x{data[error.start]:02x} on line {line}", line) from None


def _declared(data: bytes) -> str:
    """The codec that the first two lines of a Python file declare."""
    for number, line in enumerate(data[:2000].splitlines()[:2], 1):
        if match := _COOKIE.match(line):
            return _codec(match[1].decode("ascii", "replace"), number)
        if not _BLANK.match(line):
            break
    return "utf-8"


def _codec(name: str, line: int) -> str:
    import codecs

    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if found not in _CODECS:
        raise ReadProblem("QP903", f"declares the encoding {name!r}, which is not known here", line)
    return found


def _read(path: Path, limit: int) -> bytes:
    """At most `limit` bytes from the start of a regular file; never waits for a pipe or a device."""
    try:
        # looked at before it is opened: opening a device may do things
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ReadProblem("QP901", "not a regular file")
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ReadProblem("QP901", "not a regular file")
            return file.read(limit)
    except OSError as error:
        raise ReadProblem("QP901", f"cannot be read: {_reason(error)}") from None
    except ValueError as error:  # a NUL in the path
        raise ReadProblem("QP901", f"cannot be read: {error}") from None


def _reason(error: OSError) -> str:
    return "a loop of symbolic links" if error.errno == errno.ELOOP else (error.strerror or "unknown error").lower()


def passes(data: bytes, words: frozenset[str]) -> bool:
    """Whether `data` holds one of `words` (case-sensitive): the test that spares most files a parse."""
    return _pattern(words).search(data) is not None


@functools.lru_cache(maxsize=64)
def _pattern(words: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(re.escape(word.encode()) for word in sorted(words)) or b"(?!)")


def root_of(paths: Sequence[Path]) -> Path:
    """The project's root: the nearest folder at or above what is common to `paths` with .git, pyproject.toml or qp-lint.toml.

    Without any such folder it is the common folder itself.
    """
    folders = [p if os.path.isdir(p) else os.path.dirname(p) for p in map(os.path.abspath, paths)]
    try:
        common = Path(os.path.commonpath(folders) if folders else os.getcwd())
    except ValueError:  # different drives
        common = Path(folders[0])
    for folder in (common, *common.parents):
        if any(os.path.exists(folder / mark) for mark in (".git", "pyproject.toml", "qp-lint.toml")):
            return folder
    return common


@dataclass(frozen=True, slots=True)
class Listing:
    """What `discover` found: project paths, what it could not look into, and the folders it looked into (paths as in `files`)."""

    files: tuple[str, ...]
    problems: tuple[Note, ...] = ()
    folders: tuple[str, ...] = ()


def discover(paths: Sequence[Path], *, root: Path, exclude: Sequence[str] = (), respect_gitignore: bool = True) -> Listing:
    """The files to check: those below the folders in `paths`, and the files in `paths` whatever they are.

    `exclude` are gitignore patterns relative to `root`.  The files are posix paths relative to `root` (absolute when outside),
    sorted, each once.  Symbolic links to folders are not followed, links to files only where they stay inside `root`.
    """
    walk = _Walk(os.path.abspath(root), respect_gitignore, exclude)
    for path in paths:
        walk.start(os.path.abspath(path))
    return Listing(tuple(sorted(walk.files)), tuple(walk.problems), tuple(walk.folders))


@dataclass(slots=True)
class _Ignore:
    """Compiled ignore patterns of one file: `base` is the folder they are relative to, with a final slash.

    `groups` are runs of patterns of one sign in order, (ignore or not, pattern); the last match decides, as in git.
    """

    base: str
    groups: list[tuple[bool, re.Pattern[str]]]

    def verdict(self, path: str) -> bool | None:
        """Whether an absolute path (folders with a final slash) is ignored; None when no pattern speaks of it."""
        relative = path[len(self.base) :]
        for ignored, pattern in reversed(self.groups):
            if pattern.match(relative):
                return ignored
        return None


def _compiled(base: str, lines: Sequence[str]) -> _Ignore:
    """Ignore patterns in as few regular expressions as their order allows; a malformed line is skipped, as git does."""
    groups: list[tuple[bool, list[str]]] = []
    for pattern in _patterns(lines):
        if pattern.include is None or pattern.regex is None:  # a comment, an empty line
            continue
        if not groups or groups[-1][0] != pattern.include:
            groups.append((pattern.include, []))
        groups[-1][1].append(_own(pattern.regex.pattern))
    return _Ignore(base, [(sign, re.compile("|".join(texts))) for sign, texts in groups])


def _own(pattern: str) -> str:
    """pathspec's expression without what it matches below a folder: the walk does not enter ignored folders.

    `(?P<…>/)` marks the end of a folder's name, a final `/` or `/.*$` is what `folder/**` gives.
    """
    pattern = re.sub(r"\(\?P<\w+>/\)", r"(?:/\\Z)", pattern)
    pattern = re.sub(r"/(?:\.\*\$)?$", "/.", pattern)
    return pattern if pattern.startswith("^") else f".*?{pattern}"


def _patterns(lines: Sequence[str]) -> list[Any]:
    from pathspec import GitIgnoreSpec  # costs 25 ms to import

    try:
        return list(GitIgnoreSpec.from_lines(lines).patterns)
    except (ValueError, re.error):
        return _patterns(lines[: len(lines) // 2]) + _patterns(lines[len(lines) // 2 :]) if len(lines) > 1 else []


@dataclass(slots=True)
class _Walk:
    root: str
    gitignore: bool
    exclude: Sequence[str]
    files: set[str] = field(default_factory=set)
    problems: list[Note] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    _ignores: dict[str, _Ignore | None] = field(default_factory=dict)
    _excluded: _Ignore | None = None

    def start(self, path: str) -> None:
        """Take what the user named."""
        if self.exclude and self._excluded is None:
            self._excluded = _compiled(_slash(self.root), self.exclude)
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)
            reason = "no such file or folder" if missing else _reason(error) if isinstance(error, OSError) else str(error)
            self.problem(path, f"cannot be read: {reason}")
            return
        if not stat.S_ISDIR(mode):
            self.add(path)
            return
        ignores = list(self.above(path)) if self.gitignore else []
        if self._excluded is not None and _slash(path).startswith(self._excluded.base):
            ignores.insert(0, self._excluded)
        self.below(path, ignores)

    def above(self, folder: str) -> Iterator[_Ignore]:
        """The ignore files that git reads for a folder, outermost first, its own left out."""
        chain = [folder]
        while not os.path.exists(os.path.join(chain[-1], ".git")) and os.path.dirname(chain[-1]) != chain[-1]:
            chain.append(os.path.dirname(chain[-1]))
        if not os.path.exists(os.path.join(chain[-1], ".git")):  # not in a repository: those inside the project
            chain = [f for f in chain if f == self.root or f.startswith(_slash(self.root))]
        elif found := self.ignore_file(os.path.join(chain[-1], ".git", "info", "exclude"), chain[-1]):
            yield found
        for outer in reversed(chain[1:]):
            if found := self.ignore_file(os.path.join(outer, ".gitignore"), outer):
                yield found

    def ignore_file(self, path: str, base: str) -> _Ignore | None:
        """The patterns of an ignore file, None where there is none; read and compiled once."""
        if path not in self._ignores:
            found = None
            try:
                lines = _read(Path(path), LIMIT).decode("utf-8", "replace").splitlines()
            except ReadProblem:
                lines = []
            if any(line.strip() and not line.startswith("#") for line in lines):
                found = _compiled(_slash(base), lines)
            self._ignores[path] = found
        return self._ignores[path]

    def below(self, top: str, ignores: list[_Ignore]) -> None:
        """Every file of a kind that is read below a folder."""
        stack = [(top, ignores)]
        while stack:
            folder, ignores = stack.pop()
            self.folders.append(self.named(folder))
            try:
                with os.scandir(folder) as found:
                    entries = list(found)
            except OSError as error:
                self.problem(folder, f"folder cannot be read: {_reason(error)}")
                continue
            if self.gitignore and any(entry.name == ".gitignore" for entry in entries):
                own = self.ignore_file(os.path.join(folder, ".gitignore"), folder)
                ignores = [*ignores, own] if own else ignores
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SKIPPED and not _ignored(entry.path + "/", ignores):
                        stack.append((entry.path, ignores))
                elif self.wanted(entry) and not _ignored(entry.path, ignores):
                    self.add(entry.path)

    def wanted(self, entry: os.DirEntry[str]) -> bool:
        """Whether a directory entry is a file of a kind that is read."""
        if "." in entry.name and kind_of(entry.path, None) is Kind.OTHER:
            return False
        try:
            if entry.is_symlink() and not self.inside(entry.path):
                return False
            if not stat.S_ISREG(entry.stat().st_mode) if entry.is_symlink() else not entry.is_file():
                return False
        except OSError as error:
            if error.errno == errno.ELOOP:
                self.problem(entry.path, f"cannot be read: {_reason(error)}")
            return False
        return "." in entry.name or kind_of(entry.path, Path(entry.path)) is not Kind.OTHER

    def inside(self, link: str) -> bool:
        """Whether a link's target lies in the project."""
        return os.path.realpath(link).startswith(_slash(os.path.realpath(self.root)))

    def add(self, path: str) -> None:
        name = self.named(path)
        if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
            self.problem(path, "left out: its name is not UTF-8")
        else:
            self.files.add(name)

    def problem(self, path: str, message: str) -> None:
        shown = self.named(path).encode("utf-8", "backslashreplace").decode()
        self.problems.append(Note("QP901", Severity.WARNING, message, shown))

    def named(self, path: str) -> str:
        """The project path of an absolute one."""
        inner = path[len(_slash(self.root)) :] if path.startswith(_slash(self.root)) else path
        return inner if os.sep == "/" else inner.replace(os.sep, "/")


def _ignored(path: str, ignores: list[_Ignore]) -> bool:
    """Whether the innermost ignore file that speaks of a path ignores it."""
    for ignore in reversed(ignores):
        verdict = ignore.verdict(path)
        if verdict is not None:
            return verdict
    return False


def _slash(folder: str) -> str:
    return folder if folder.endswith("/") else folder + "/"
