"""Finds and reads the rule files.  Strict: a mistake names the file and the key.

Reading a hundred YAML files costs tens of milliseconds, so what judging needs of them is kept (`compiled`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qp_lint.compiled import compiled
from qp_lint.diagnostics import Severity
from qp_lint.rules.model import Fix, Rule, VersionEntry

HOT = (
    *("code", "name", "summary", "since", "severity", "effect", "fails_at", "when", "versions", "report", "message", "why"),
    *("happens", "raises", "fixes"),
)


def folder() -> Path:
    """Where the rule files lie: in the installed package, else at the top of the source tree."""
    packaged = Path(__file__).parent / "data"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "rules"


def rule_files() -> list[Path]:
    """Every rule file, by family and name."""
    return sorted(folder().glob("*/QP*.yaml"))


@functools.cache
def load_rules(cache: bool = True) -> tuple[Rule, ...]:
    """All rules by code; `cache` says whether the compiled copy may be read and written."""
    files = rule_files()

    def build() -> list[dict[str, Any]]:
        data = [{"family": path.parent.name, **_hot(path)} for path in files]
        _refuse_duplicates(data)
        return data

    data = compiled("rules", files, build) if cache else build()
    return tuple(sorted(map(rule_of, data), key=lambda rule: rule.code))


def read(path: Path) -> dict[str, Any]:
    """The whole content of a rule file, validated."""
    import yaml

    from qp_lint.rules.validate import RuleError, validate

    try:
        data = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise RuleError(f"{path.name}: {' '.join(str(error).split())}") from None
    validate(data, path.name)
    return data  # type: ignore[no-any-return]


@functools.cache
def whole(code: str) -> Mapping[str, Any]:
    """Everything that a rule's file says, examples and evidence too."""
    return next(read(path) for path in rule_files() if path.name.startswith(f"{code}-"))


def rule_of(data: Mapping[str, Any]) -> Rule:
    """A rule from the content of its file."""
    raises = data.get("raises", ())
    return Rule(
        code=data["code"],
        name=data["name"],
        summary=data["summary"],
        since=str(data["since"]),
        severity=Severity[data["severity"].upper()],
        effect=data["effect"],
        fails_at=data["fails_at"],
        when=data.get("when", {}),
        message=data["message"].strip(),
        why=" ".join(data["why"].split()),
        report=tuple(data.get("report", ())),
        happens=data.get("happens", ""),
        raises=(raises,) if isinstance(raises, str) else tuple(raises),
        versions=tuple(_version(entry) for entry in data.get("versions", ())),
        fixes=tuple(Fix(**fix) for fix in data.get("fixes", ())),
        family=data.get("family", ""),
    )


def _version(entry: Mapping[str, Any]) -> VersionEntry:
    rest = {key: value for key, value in entry.items() if key not in ("ranges", "when")}
    return VersionEntry(entry.get("ranges", {}), entry.get("when", {}), rest)


def _hot(path: Path) -> dict[str, Any]:
    data = read(path)
    return {key: data[key] for key in HOT if key in data}


def _refuse_duplicates(rules: list[dict[str, Any]]) -> None:
    from qp_lint.rules.validate import RuleError

    seen: dict[str, str] = {}
    for rule in rules:
        for key in (rule["code"], rule["name"]):
            if seen.setdefault(key, rule["code"]) != rule["code"] or sum(other["code"] == rule["code"] for other in rules) > 1:
                raise RuleError(f"{rule['code']}-{rule['name']}: {key} is used twice")
