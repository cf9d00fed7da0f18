"""What a configuration means for codes and files: which rules are on, how severe they are, where they are ignored."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qp_lint.config import Config, ConfigError
from qp_lint.diagnostics import Note, Severity
from qp_lint.selectors import Catalogue, UnknownSelector


@dataclass(frozen=True, slots=True)
class Policy:
    """A configuration resolved against the rules that exist.

    `enabled` are the codes that are reported; `severities` the overrides; `per_file` (pattern, codes, compiled patterns);
    `base` the folder that patterns are relative to.
    """

    catalogue: Catalogue
    enabled: frozenset[str]
    unwanted_notes: frozenset[str]
    severities: Mapping[str, Severity]
    per_file: tuple[tuple[str, frozenset[str], Any], ...]
    base: Path

    @property
    def complete(self) -> bool:
        """Whether every rule that is on by default is on: only then is an unused `ignore` of all rules known to be unused."""
        return self.enabled >= self.catalogue.default

    def note(self, note: Note) -> Note | None:
        """A note with its configured severity, None when it is not wanted.  `--select` of rules leaves notes on."""
        if note.code in self.unwanted_notes:
            return None
        return dataclasses.replace(note, severity=self.severities.get(note.code, note.severity))

    def ignored_by(self, path: str, code: str) -> str:
        """The per-file-ignores pattern that hides a rule in a file (a path from the working directory), or nothing."""
        if not self.per_file:
            return ""
        relative = os.path.relpath(os.path.abspath(path), self.base).replace(os.sep, "/")
        for pattern, codes, spec in self.per_file:
            if code in codes and spec.match_file(relative):
                return pattern
        return ""


def policy(config: Config, catalogue: Catalogue, base: Path) -> Policy:
    """Resolve a configuration; raises ConfigError for selectors that cover nothing."""
    where = f"{config.file}: " if config.file else ""

    def codes(selectors: Iterable[str], key: str) -> frozenset[str]:
        try:
            return frozenset(code for selector in selectors for code in catalogue.codes(selector))
        except UnknownSelector as error:
            raise ConfigError(f"{where}`{key}`: {error}") from None

    for key in ("select", "extend_select", "ignore"):
        codes(getattr(config, key), key.replace("_", "-"))
    severities: dict[str, Severity] = {}
    off: set[str] = set()
    for selector, name in sorted(config.severity, key=lambda pair: catalogue.rank(pair[0])):
        for code in codes((selector,), "severity"):
            severities.pop(code, None)
            off.discard(code)
            if name == "off":
                off.add(code)
            else:
                severities[code] = Severity[name.upper()]
    return Policy(
        catalogue,
        catalogue.enabled(config.select, config.extend_select, config.ignore) - off,
        frozenset(catalogue.names) - catalogue.enabled((), (), config.ignore) | off,
        severities,
        tuple((pattern, codes(chosen, "per-file-ignores"), _spec(pattern)) for pattern, chosen in config.per_file_ignores),
        base,
    )


@functools.cache
def _spec(pattern: str) -> Any:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern])


def rebased(patterns: Iterable[str], base: Path, root: Path) -> Iterator[str]:
    """Gitignore patterns relative to `base` as patterns relative to `root`; those that cannot meet it are left out."""
    for pattern in patterns:
        sign, body = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
        floating = "/" not in body.rstrip("/") or body.startswith("**/")
        if base == root:
            yield pattern
        elif base in root.parents:
            moved = body if floating else _below(body.strip("/").split("/"), root.relative_to(base).parts, body.endswith("/"))
            if moved:
                yield sign + moved
        elif root in base.parents:
            yield f"{sign}/{base.relative_to(root).as_posix()}/{'**/' if floating else ''}{body.lstrip('/')}"
        elif floating:
            yield pattern


def _below(pattern: list[str], folders: tuple[str, ...], final_slash: bool) -> str:
    """What is left of an anchored pattern below `folders`; `**` when it covers one of them, nothing when it leads elsewhere."""
    for folder in folders:
        if not pattern:
            return "**"
        if pattern[0] == "**":
            break
        if not fnmatch.fnmatchcase(folder, pattern[0]):
            return ""
        pattern = pattern[1:]
    return f"/{'/'.join(pattern)}{'/' if final_slash else ''}" if pattern else "**"
