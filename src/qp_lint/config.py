"""The configuration: `[tool.qp-lint]` of a pyproject.toml, or a qp-lint.toml.

One configuration holds for one invocation: the file in the nearest folder at or above the first path (`qp-lint.toml` before
`pyproject.toml` in the same folder).  `extend = "path"` starts from another file: lists and values replace its own, the
`extend-*` lists add to it, tables are merged key by key.  Patterns are gitignore patterns relative to the folder of the
file that was found (not of one that it extends).
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEVERITIES = ("error", "warning", "info", "off")
FAIL_ON = ("error", "warning", "never")

Pairs = tuple[tuple[str, Any], ...]


class ConfigError(Exception):
    """A configuration that cannot be used; the text names the file and the key."""


@dataclass(frozen=True, slots=True)
class Config:
    """A resolved configuration; fields are named like its keys.

    `file` is the file that was found, `files` it and all it extends.  `per_file_ignores` maps a pattern to selectors,
    `severity` a selector to `error|warning|info|off`, `target_versions` a package to a specifier (`==4.51.3`).
    """

    file: Path | None = None
    files: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Pairs = ()
    exclude: tuple[str, ...] = ()
    extend_exclude: tuple[str, ...] = ()
    severity: Pairs = ()
    target_versions: Pairs = ()
    fail_on: str = "error"
    baseline: str = ""
    respect_gitignore: bool = True


def _text(value: object, valid: tuple[str, ...] = ()) -> str:
    if not isinstance(value, str):
        raise TypeError("a string")
    if valid and value not in valid:
        from qp_lint.selectors import did_you_mean

        raise ValueError(f"{value!r} is none of {', '.join(valid)}{did_you_mean(value, valid)}")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("a list of strings")
    return tuple(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _fits(item: Callable[[object], object], value: object) -> bool:
    try:
        item(value)
    except TypeError:
        return False
    except ValueError:
        pass  # of the right type: the caller meets it again
    return True


def _table(item: Callable[[object], object]) -> Callable[[object], Pairs]:
    def read(value: object) -> Pairs:
        if not isinstance(value, dict):
            raise TypeError("a table")
        wrong = [key for key, entry in value.items() if not _fits(item, entry)]
        if wrong:
            raise TypeError(f"a table; `{wrong[0]}` in it has another type than it should")
        return tuple((key, item(entry)) for key, entry in value.items())

    return read


def specifier(text: object) -> str:
    """A version or range as a specifier: `4.51.3` → `==4.51.3`; raises ValueError when it is neither."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = _text(text).strip()
    written = f"=={text}" if text[:1].isdigit() else text
    try:
        SpecifierSet(written)
    except InvalidSpecifier:
        raise ValueError(f"{text!r} is neither a version nor a range such as '>=4.40,<5'") from None
    return written


def target(text: str) -> tuple[str, str]:
    """`transformers==4.51.3` (or any range) as package and specifier; raises ValueError."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        requirement = None
    if requirement is None or not requirement.specifier or requirement.extras or requirement.marker or requirement.url:
        raise ValueError(f"{text!r} is not PACKAGE==VERSION, such as transformers==4.51.3")
    return str(canonicalize_name(requirement.name)), str(requirement.specifier)


def _versions(value: object) -> Pairs:
    from packaging.utils import canonicalize_name

    return tuple((str(canonicalize_name(package)), text) for package, text in _table(specifier)(value))


READERS: dict[str, Callable[[object], object]] = {
    "select": _texts,
    "extend-select": _texts,
    "ignore": _texts,
    "per-file-ignores": _table(_texts),
    "exclude": _texts,
    "extend-exclude": _texts,
    "severity": _table(lambda value: _text(value, SEVERITIES)),
    "target-versions": _versions,
    "baseline": _text,
    "fail-on": lambda value: _text(value, FAIL_ON),
    "respect-gitignore": _flag,
}


def find(start: Path) -> Path | None:
    """The configuration file in the nearest folder at or above `start` (absolute) that has one."""
    for folder in (start, *start.parents):
        own, project = folder / "qp-lint.toml", folder / "pyproject.toml"
        if own.is_file():
            return own
        if project.is_file() and _table_of(project) is not None:
            return project
    return None


def load(file: Path) -> Config:
    """The configuration in `file`, with what it extends; raises ConfigError."""
    chain = list(_chain(file, ()))
    merged: dict[str, Any] = {}
    for table in reversed(chain):
        for key, value in table.items():
            old = merged.get(key)
            if key.startswith("extend-"):
                value = (*(old or ()), *value)
            elif old is not None and key in ("per-file-ignores", "severity", "target-versions"):
                value = tuple({**dict(old), **dict(value)}.items())
            merged[key] = value
    files = tuple(table["file"] for table in chain)
    del merged["file"]
    return Config(file=file, files=files, **{key.replace("-", "_"): value for key, value in merged.items()})


def _chain(file: Path, above: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """The checked tables of a file and of all it extends, nearest first, each with its `file`."""
    resolved = file.resolve()
    if resolved in above:
        raise ConfigError(f"{file}: `extend` leads back to itself: {' → '.join(str(path) for path in (*above, resolved))}")
    table = _table_of(file)
    if table is None:
        raise ConfigError(f"{file}: has no [tool.qp-lint] table")
    extend = table.pop("extend", None)
    yield {"file": file, **_checked(file, table)}
    if extend is not None:
        if not isinstance(extend, str):
            raise ConfigError(f"{file}: `extend` must be a string, the path of another configuration file")
        yield from _chain(file.parent / Path(extend).expanduser(), (*above, resolved))


def _checked(file: Path, table: Mapping[str, object]) -> dict[str, object]:
    checked: dict[str, object] = {}
    for key, value in table.items():
        if key not in READERS:
            from qp_lint.selectors import did_you_mean

            guess = did_you_mean(key.replace("_", "-"), (*READERS, "extend"))
            raise ConfigError(f"{file}: unknown key `{key}`{guess}")
        try:
            checked[key] = READERS[key](value)
        except TypeError as error:
            raise ConfigError(f"{file}: `{key}` must be {error}") from None
        except ValueError as error:
            raise ConfigError(f"{file}: `{key}`: {error}") from None
    return checked


def _table_of(file: Path) -> dict[str, Any] | None:
    """The table of qp-lint in a TOML file; None when a pyproject.toml has none."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if file.name == "pyproject.toml" and b"qp-lint" not in data:
        return None
    table = _toml(file, data)
    if file.name != "pyproject.toml":
        return table
    tool = table.get("tool")
    found = tool.get("qp-lint") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        raise ConfigError(f"{file}: `tool.qp-lint` must be a table")
    return found


def _toml(file: Path, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return dict(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: is not valid TOML: {error or 'nested too deeply'}") from None


def merged(config: Config, **changes: Any) -> Config:
    """The configuration with what the command line says; None and () say nothing.

    `--select` is a choice made afresh: what the file selects and ignores does not count then.  Otherwise `--ignore`,
    `--extend-select` and `--target` add to the file's, and other values replace them.
    """
    given = {name: value for name, value in changes.items() if value is not None and value != ()}
    if "select" in given:
        config = dataclasses.replace(config, extend_select=(), ignore=())
    for name in given.keys() & {"extend_select", "ignore", "target_versions"}:
        given[name] = (*getattr(config, name), *given[name])
    return dataclasses.replace(config, **given)
