"""What a file is by its name and first line."""

from __future__ import annotations

import enum
import re
from pathlib import Path

from qp_lint.discover.read import ReadProblem, read_start


class Kind(enum.Enum):
    """What a file is, by its name and for nameless types its first line."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    YAML = "yaml"
    JSON = "json"
    TOML = "toml"
    SHELL = "shell"
    MAKE = "make"
    JUST = "just"
    DOCKER = "docker"
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
_TEMPLATE = re.compile(r".+\.ya?ml(?=\.(?:j2|jinja2?)$)")  # `train.yaml.j2` is read as YAML
_NAMES = re.compile(
    r"(?P<make>(?:GNU)?[Mm]akefile(?:\.\w+)?|.+\.mk)|(?P<just>\.?[Jj]ustfile|.+\.just)"
    r"|(?P<docker>(?:.+\.)?[Dd]ockerfile(?:\..+)?|Containerfile(?:\..+)?)"
)
_REQUIREMENTS = re.compile(r"(?:^|/)(?:[^/]*(?:requirements|constraints)[^/]*\.(?:txt|in)|requirements/[^/]*\.(?:txt|in))$", re.I)
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*(?:\S*/)?)?(?:(python|pypy)|((?:ba|z|k|da|a)?sh\b))")


def kind_of(path: str, where: Path | str | None) -> Kind:
    """The kind of a file named `path`.

    `where` is the file on disk, or its text: consulted for the `#!` line when the name has no extension; None: not consulted.
    """
    name = path.rpartition("/")[2]
    if match := _TEMPLATE.match(name):
        name = match[0]
    if match := _NAMES.fullmatch(name):
        return Kind(match.lastgroup)
    stem, dot, suffix = name.rpartition(".")
    if dot and stem:
        kind = _SUFFIXES.get(suffix.lower(), Kind.OTHER)
        if kind is Kind.OTHER and suffix.lower() in ("txt", "in") and _REQUIREMENTS.search(path):
            return Kind.REQUIREMENTS
        return kind
    if dot or where is None:
        return Kind.OTHER
    return _by_shebang(where if isinstance(where, str) else _head(where))


def is_test(path: str) -> bool:
    """Whether a file is a test by pytest's naming."""
    folder, _, name = path.rpartition("/")
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py" or "tests" in folder.split("/")


def _by_shebang(text: str) -> Kind:
    match = _SHEBANG.match(text[:256])
    if match is None:
        return Kind.OTHER
    return Kind.PYTHON if match[1] else Kind.SHELL


def _head(path: Path) -> str:
    """The first bytes of a regular file, empty when they cannot be read."""
    try:
        return read_start(path, 256)[:256].decode("latin-1")
    except ReadProblem:
        return ""
