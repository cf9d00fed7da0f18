"""The matrix and single answers as text, Markdown and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qp_lint.matrix import METHODS, STRATEGIES, TUNINGS, UNKNOWN, WORKS, Answer
from qp_lint.report.rules import evidence_words


def offered(rows: Sequence[Sequence[Answer]]) -> list[list[Answer]]:
    """The table without the methods and strategies that a framework has no way to ask for."""
    columns = [number for number in range(len(rows[0])) if any(row[number].offered for row in rows)] if rows else []
    return [[row[number] for number in columns] for row in rows if any(answer.offered for answer in row)]


def as_text(rows: Sequence[Sequence[Answer]]) -> str:
    """A table for a terminal, then what the codes stand for."""
    head = ["", *(answer.question.strategy for answer in rows[0])] if rows else []
    table = [head, *([row[0].question.method, *map(_cell, row)] for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    return "\n".join([*lines, "", *_legend(rows)]) + "\n"


def _cell(answer: Answer) -> str:
    return answer.outcome + (f" {answer.codes[0]}" if answer.codes else "")


def _legend(rows: Sequence[Sequence[Answer]]) -> Iterator[str]:
    messages = {
        finding.code: f"{finding.code} {finding.name}" for row in rows for answer in row for finding in answer.findings[:1]
    }
    yield from (messages[code] for code in sorted(messages))


def as_markdown(rows: Sequence[Sequence[Answer]], rule_link: str = "rules/{code}-{name}.md") -> str:
    """A Markdown table whose codes link to the rules' pages; `–` is what the framework has no way to ask for.  Methods that fare
    alike share a row.
    """
    lines = ["| | " + " | ".join(STRATEGIES[answer.question.strategy] for answer in rows[0]) + " |"]
    lines.append("| --- " * (len(rows[0]) + 1) + "|")
    alike: dict[str, list[str]] = {}
    for row in rows:
        cells = []
        for answer in row:
            links = [f"[{f.code}]({rule_link.format(code=f.code, name=f.name)})" for f in answer.findings[:1]]
            word = f"**{answer.outcome}**" if answer.outcome not in (WORKS, UNKNOWN) else answer.outcome
            cells.append(" ".join([word, *links]) if answer.offered else "–")
        alike.setdefault(" | ".join(cells), []).append(METHODS[row[0].question.method].title)
    lines += [f"| {'; '.join(titles)} | {cells} |" for cells, titles in alike.items()]
    return "\n".join(lines) + "\n"


def as_data(rows: Sequence[Sequence[Answer]]) -> list[dict[str, Any]]:
    """One object a cell."""
    return [cell_data(answer) for row in rows for answer in row]


def cell_data(answer: Answer) -> dict[str, Any]:
    """A cell with its rules and their evidence."""
    from qp_lint.rules.load import whole

    question = answer.question
    evidence: list[Mapping[str, Any]] = [*answer.evidence]
    for code in answer.codes:
        evidence += whole(code).get("evidence", ())
    return {
        "method": question.method,
        "strategy": question.strategy,
        "tuning": question.tuning,
        "framework": question.framework,
        "outcome": answer.outcome,
        "rules": [{"code": finding.code, "name": finding.name, "message": finding.message} for finding in answer.findings],
        "evidence": [dict(item) for item in evidence],
    }


def sentence(answer: Answer) -> str:
    """One answer in words: `No: LLaMA-Factory refuses … (QP101). Instead: …`."""
    question = answer.question
    method, strategy = METHODS[question.method].title, STRATEGIES[question.strategy]
    what = f"{method} with {strategy} and {TUNINGS[question.tuning]} in {question.framework}"
    if answer.outcome == WORKS:
        return f"Yes: {what} works ({evidence_words(answer.evidence[0])})."
    if not answer.offered:
        return f"Unknown: qp-lint knows no way to ask for {what}."
    if answer.outcome == UNKNOWN:
        return f"Unknown: no rule speaks of {what}, and nobody has shown that it works."
    first = answer.findings[0]
    word = {
        "no benefit": "It runs without the benefit",
        "ignored": "It runs, but not as asked",
        "wrong": "No, it computes wrong results",
    }
    instead = f" Instead: {first.suggestions[0].title}." if first.suggestions else ""
    raised = f" It raises: {first.raises}" if first.raises else ""
    return f"{word.get(answer.outcome, 'No')}: {first.message} ({first.code}).{raised}{instead}"
