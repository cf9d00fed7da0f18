"""What a rule is about, as text for a terminal and as data: the content of its file, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qp_lint.notes import BuiltIn
from qp_lint.report.display import Style, printable, wrap
from qp_lint.report.phrases import happens
from qp_lint.rules.model import Rule


def listing(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """A table of rules: code, severity, name and summary of each."""
    table = list(rows)
    widths = [max((len(row[column]) for row in table), default=0) for column in range(3)]
    lines = ["  ".join((*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3])) for row in table]
    return "\n".join(lines) + "\n"


def as_text(rule: Rule, whole: Mapping[str, Any], style: Style) -> str:
    """Everything that a rule's file says, for people; its first broken and first sound example."""
    return "\n".join(_lines(rule, whole, style)).rstrip() + "\n"


def built_in_text(entry: BuiltIn, style: Style) -> str:
    """A diagnostic of qp-lint itself."""
    head = f"{style.paint(entry.code, 'bold')} {entry.name} ({entry.severity.label})"
    return "\n".join([head, "", *wrap(entry.summary, style.width), *wrap(entry.help, style.width)]) + "\n"


def as_data(rule: Rule, whole: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's file with its family and page."""
    return {**whole, "since": str(whole["since"]), "family": rule.family, "url": rule.url}


def built_in_data(entry: BuiltIn) -> dict[str, Any]:
    """A diagnostic of qp-lint itself as data."""
    return {
        "code": entry.code,
        "name": entry.name,
        "severity": entry.severity.label,
        "summary": entry.summary,
        "help": entry.help,
    }


def _lines(rule: Rule, whole: Mapping[str, Any], style: Style) -> Iterator[str]:
    yield f"{style.paint(rule.code, 'bold')} {rule.name} ({rule.severity.label}, since {rule.since})"
    yield rule.summary
    yield ""
    yield from wrap(
        f"What happens: {happens(rule.effect, rule.fails_at)}" + (f"; {rule.happens}" if rule.happens else ""), style.width
    )
    yield from wrap(rule.why, style.width)
    yield from _section("Raises", rule.texts, style)
    yield from _section("Versions", map(_version, whole.get("versions", ())), style)
    yield from _section("Ways out", map(_fix, rule.fixes), style)
    yield from _section("Evidence", map(evidence_words, whole.get("evidence", ())), style)
    for kind, title in (("bad", "Broken"), ("ok", "Sound")):
        for example in whole.get("examples", {}).get(kind, ())[:1]:
            yield from _example(title, example, style)
    yield ""
    yield f"See {rule.url}"


def _section(title: str, items: Iterable[str], style: Style) -> Iterator[str]:
    found = [item for item in items if item]
    if found:
        yield ""
        yield style.paint(title, "bold")
        for item in found:
            yield from wrap(item, style.width - 4, "  - ", "    ")


def _version(entry: Mapping[str, Any]) -> str:
    ranges = ", ".join(f"{package} {specifier}" for package, specifier in entry.get("ranges", {}).items())
    changed = [entry[key] for key in ("severity", "message") if key in entry]
    return ranges + (f": {', '.join(changed)}" if ranges and changed else "")


def _fix(fix: Any) -> str:
    return f"{fix.title}: {' '.join(fix.detail.split())}" if fix.detail else fix.title


def evidence_words(item: Mapping[str, Any]) -> str:
    """One piece of evidence in a line."""
    if item["kind"] == "run":
        versions = " ".join(f"{package} {version}" for package, version in item.get("versions", {}).items())
        parts = [f"run on {item.get('hardware', 'a machine')}", versions, item.get("outcome", ""), item.get("message", "")]
    elif item["kind"] == "code":
        parts = ["code", *(str(item[key]) for key in ("package", "version", "path", "symbol", "text") if key in item)]
        return " ".join(parts)
    else:
        parts = [item["kind"], item.get("url", ""), item.get("text", "")]
    return ": ".join(part for part in parts if part)


def _example(title: str, example: Mapping[str, Any], style: Style) -> Iterator[str]:
    yield ""
    yield style.paint(title + (f": {example['title']}" if "title" in example else ""), "bold")
    files: Sequence[tuple[str, str]] = list(example["files"].items())
    for path, text in files:
        yield f"  {style.paint(path, 'gutter')}"
        yield from (f"    {printable(line)}".rstrip() for line in text.rstrip().splitlines())
