"""Which versions of a package a run may meet, and whether a rule's range covers them.

`Versions` maps a package to what the project admits.  A package that nobody pins is judged as its newest release in
`releases.yaml` (major.minor releases that qp-lint knows facts about).
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qp_lint.text import Span

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet


class Cover(enum.Enum):
    """How many of the admitted versions lie in a range."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a project admits of one package: a specifier as written (`==4.51.3`, `>=4.40,<5`; empty: only named), and where.

    `source` says why for people: "requirements.txt", "--target", "newest release known to qp-lint".
    """

    specifier: str
    source: str
    span: Span | None = None


@functools.cache
def releases() -> Mapping[str, tuple[str, ...]]:
    """The releases that qp-lint knows of each package, oldest first."""
    from pathlib import Path

    from qp_lint.compiled import compiled

    path = Path(__file__).parent / "releases.yaml"

    def build() -> dict[str, list[str]]:
        import yaml

        data = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return {name: [str(version) for version in versions] for name, versions in data.items()}

    return {name: tuple(versions) for name, versions in compiled("releases", [path], build).items()}


@functools.cache
def _specifiers(text: str) -> SpecifierSet:
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(text, prereleases=True)


def valid_specifier(text: str) -> bool:
    """Whether a text is a PEP 440 specifier."""
    from packaging.specifiers import InvalidSpecifier

    try:
        _specifiers(text)
    except InvalidSpecifier:
        return False
    return True


@functools.lru_cache(10_000)
def _candidates(known: tuple[str, ...], specifier: str) -> tuple[str, ...]:
    specifiers = _specifiers(specifier)
    exact = [s.version for s in specifiers if s.operator in ("==", "===") and "*" not in s.version]
    if exact:
        return (exact[0],)
    inside = tuple(version for version in known if specifiers.contains(version))
    if inside:
        return inside
    # between two known releases (`~=4.57.7`, `==4.57.1.*`): a release that the range itself names, else the one before it, or the
    # oldest
    named = [s.version.removesuffix(".*") for s in specifiers if s.operator not in ("<", "!=")]
    before = tuple(version for version in known if any(_specifiers(f"<={name}").contains(version) for name in named))
    return tuple(name for name in named if specifiers.contains(name))[:1] or before[-1:] or known[:1]


@functools.lru_cache(10_000)
def _cover(candidates: tuple[str, ...], specifier: str) -> Cover:
    inside = sum(_specifiers(specifier).contains(version) for version in candidates)
    return Cover.ALL if inside == len(candidates) else Cover.SOME if inside else Cover.NONE


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions that a run may meet, by normalised package name (`auto-gptq`, `transformers`)."""

    admitted: Mapping[str, Admitted] = field(default_factory=dict)

    def candidates(self, package: str) -> tuple[str, ...]:
        """The versions to judge by, oldest first: the admitted known releases, or an exact pin, or the newest release."""
        known = releases().get(package, ())
        admitted = self.admitted.get(package)
        return _candidates(known, admitted.specifier) if admitted is not None and admitted.specifier else known[-1:]

    def admits_known(self, package: str) -> bool:
        """Whether a known release lies in what is admitted of a package."""
        specifiers = _specifiers(self.admitted[package].specifier)
        return any(specifiers.contains(version) for version in releases()[package])

    def cover(self, package: str, specifier: str) -> Cover:
        """How many of the candidates lie in `specifier` (`>=4.55,<5`); an unknown package is covered by any range."""
        candidates = self.candidates(package)
        return _cover(candidates, specifier) if candidates and specifier else Cover.ALL

    def at_least(self, package: str, version: str) -> bool | None:
        """Whether every candidate is `version` or newer; None when some are and some are not."""
        cover = self.cover(package, f">={version}")
        return None if cover is Cover.SOME else cover is Cover.ALL

    def beside(self, package: str, newest: Mapping[str, Mapping[str, str]]) -> Versions:
        """The versions with those that a framework's own requirements imply where the project says nothing.

        `newest` has for its releases, oldest first, the newest version of other packages that it installs beside.
        """
        release = self.candidates(package)[-1]
        found = [name for name in newest if _specifiers(f"<={release}").contains(name)]
        implied = {
            other: Admitted(f"=={version}", f"the newest that {package} {release} takes")
            for other, version in (newest[found[-1]] if found else {}).items()
            if other not in self.admitted
        }
        return Versions({**self.admitted, **implied})

    def describe(self, package: str) -> str:
        """The assumption in words: `transformers 5.23.0 (newest release known to qp-lint)`."""
        admitted = self.admitted.get(package)
        if admitted is None or not admitted.specifier:
            return f"{package} {' '.join(self.candidates(package)) or 'any version'} (newest release known to qp-lint)"
        return f"{package}{admitted.specifier} ({admitted.source})"
