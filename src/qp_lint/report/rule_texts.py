"""What rules say about themselves, for formats that carry descriptions of the rules beside the findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qp_lint.diagnostics import Severity
from qp_lint.notes import BY_CODE
from qp_lint.report.phrases import happens
from qp_lint.rules.load import load_rules
from qp_lint.rules.model import Rule


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule or built-in diagnostic in words: `text` and `markdown` say the same."""

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    text: str
    markdown: str
    url: str = ""
    tags: tuple[str, ...] = ()


def rule_texts(codes: Iterable[str]) -> list[RuleText]:
    """The rules of these codes, each once, by code."""
    rules = {rule.code: rule for rule in load_rules()}
    return [_of_rule(rules[code]) if code in rules else _other(code) for code in sorted(set(codes))]


def _of_rule(rule: Rule) -> RuleText:
    parts = list(_parts(rule))
    text = "\n\n".join(f"{title}: {body}" if title else body for title, body in parts)
    markdown = "\n\n".join(f"**{title}.** {body}" if title else body for title, body in parts)
    raises = "\n".join(rule.texts)
    if raises:
        text += f"\n\nRaises:\n{raises}"
        markdown += f"\n\n**Raises**\n\n```text\n{raises}\n```"
    if rule.fixes:
        ways = [f"- {fix.title}{f': {words}' if (words := ' '.join(fix.detail.split())) else ''}" for fix in rule.fixes]
        text += "\n\nWays out:\n" + "\n".join(ways)
        markdown += "\n\n**Ways out**\n\n" + "\n".join(ways)
    markdown += f"\n\n[{rule.code} {rule.name}]({rule.url})"
    return RuleText(
        rule.code, rule.name, rule.severity, rule.summary, rule.why, text, markdown, rule.url, (rule.family, rule.effect)
    )


def _parts(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "", f"{rule.summary}."
    yield "Why", rule.why
    yield "Happens", rule.happens or happens(rule.effect, rule.fails_at)


def _other(code: str) -> RuleText:
    """A built-in diagnostic; a code that is neither comes from a rule of another installation and is only named."""
    known = BY_CODE.get(code)
    if known is None:
        return RuleText(code, code, Severity.WARNING, code, "", code, code)
    text = f"{known.summary}\n\n{known.help}"
    return RuleText(code, known.name, known.severity, known.summary.rstrip("."), known.help, text, text, tags=("qp-lint",))
