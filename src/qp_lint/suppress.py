"""Ignore comments and per-file-ignores: which findings they hide, and which of the comments hide nothing.

`# qp-lint: ignore[QP101, name] reason` holds for the lines of a finding's primary place when it stands on one of them, or
in the comment lines directly above.  In shell scripts and after Python's backslash the lines of one continued command
count as one.  `# qp-lint: ignore` hides every rule, `# qp-lint: ignore-file[…]` does so for the whole file.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qp_lint.diagnostics import Finding, Severity, Suggestion
from qp_lint.discover import Kind
from qp_lint.notes import BY_CODE
from qp_lint.policy import Policy
from qp_lint.project import Project
from qp_lint.selectors import did_you_mean
from qp_lint.text import Source, Span

_DIRECTIVE = re.compile(r"#\s*qp-lint:\s*(ignore-file|ignore)(?:\s*\[([^\]\[]*)\]|(?![-\w\s]*\[)(?![-\w]))[ \t]*([^#\r\n]*)")
_WORD = b"qp-lint:"
_KINDS = (Kind.PYTHON, Kind.YAML, Kind.TOML, Kind.SHELL, Kind.REQUIREMENTS, Kind.NOTEBOOK)
UNUSED, UNKNOWN = "QP001", "QP002"


@dataclass(slots=True)
class Directive:
    """One ignore comment.

    `span` is the directive from its `#`, `words` the selectors as written with their places (None: all rules), `lines` the
    first and last line that it holds for (None: the file).  `used` are the words that have hidden something.
    """

    span: Span
    words: tuple[tuple[str, Span], ...] | None
    reason: str
    lines: tuple[int, int] | None
    codes: dict[str, frozenset[str]]  # word → what it covers
    used: set[str] = field(default_factory=set)

    def hides(self, finding: Finding, first: int, last: int) -> bool:
        """Whether it hides a finding whose primary place covers these lines; remembers that it did."""
        if self.lines is not None and (last < self.lines[0] or first > self.lines[1]):
            return False
        if self.words is None:
            hit = {"*"} if finding.code not in (UNUSED, UNKNOWN) else set()
        else:
            hit = {word for word, _ in self.words if finding.code in self.codes[word]}
        self.used |= hit
        return bool(hit)


def suppress(project: Project, findings: Iterable[Finding], policy: Policy) -> tuple[list[Finding], list[Finding]]:
    """Split findings into those to report, with QP001 and QP002 added, and suppressed ones, whose `suppressed` says why."""
    directives = {path: found for path in _candidates(project) if (found := _directives(project, path, policy))}
    by_shown = {project.shown(path): found for path, found in directives.items()}
    kept: list[Finding] = []
    hidden: list[Finding] = []

    def sort(items: Iterable[Finding]) -> None:
        for finding in items:
            reason, by = _reason(finding, by_shown.get(finding.span.outermost().source.path, ()), policy)
            if by:
                hidden.append(dataclasses.replace(finding, suppressed=reason, hidden_by=by))
            else:
                kept.append(finding)

    sort(finding for finding in findings if finding.code in policy.enabled)
    unread = {note.path for note in project.notes}  # in a file that does not parse anything may be unused
    for path, found in by_shown.items():
        if path in unread:
            continue
        own = [finding for directive in found for finding in _verdicts(directive, policy) if finding.code in policy.enabled]
        sort(own)
    return kept, hidden


def _candidates(project: Project) -> Iterator[str]:
    """The listed files that hold the word of a directive and can hold comments."""
    from qp_lint.discover import ReadProblem

    for path in project.of_kind(*_KINDS):
        try:
            held = _WORD in project.data_of(path)
        except ReadProblem:
            continue
        if held:
            yield path


def _directives(project: Project, path: str, policy: Policy) -> list[Directive]:
    """The directives of a file."""
    from qp_lint.parse.comments import comments

    source = project.source(path)
    if source is None:
        return []
    kind = project.kind(path)
    if kind is Kind.NOTEBOOK:  # a line of a cell is a line of the file, between quotes
        code = project.code(path)
        spans = [span.outermost() for span in comments(code, Kind.PYTHON)] if code is not None else []
    else:
        spans = comments(source, kind)
    blank = ' \t"' if kind is Kind.NOTEBOOK else None
    alone = {span.begin.line for span in spans if not source.line(span.begin.line)[: span.begin.column - 1].strip(blank)}
    found = []
    for span in spans:
        for match in _DIRECTIVE.finditer(span.text):
            whole = match[1] == "ignore-file"
            lines = None if whole else _lines(source, span.begin.line, alone, kind)
            place = Span(source, span.start + match.start(), span.start + len(match[0].rstrip()) + match.start())
            words = _words(source, span.start + match.start(2), match[2]) if match[2] is not None else None
            codes = {word: policy.catalogue.known(word) for word, _ in words or ()}
            found.append(Directive(place, words, match[3].strip(" \t-:–—"), lines, codes))
    return found


def _words(source: Source, start: int, text: str) -> tuple[tuple[str, Span], ...]:
    """The selectors between brackets, each once."""
    found: dict[str, Span] = {}
    for match in re.finditer(r"[^\s,]+", text):
        found.setdefault(match[0], Span(source, start + match.start(), start + match.end()))
    return tuple(found.items())


def _lines(source: Source, line: int, alone: set[int], kind: Kind) -> tuple[int, int]:
    """The lines that a comment on `line` speaks of."""
    while line in alone and line < len(source.lines):
        line += 1
    first = last = line
    if kind in (Kind.SHELL, Kind.PYTHON):
        while first > 1 and first - 1 not in alone and source.line(first - 1).endswith("\\"):
            first -= 1
        while last < len(source.lines) and source.line(last).endswith("\\"):
            last += 1
    return first, last


def _reason(finding: Finding, directives: Sequence[Directive], policy: Policy) -> tuple[str, str]:
    """Why a finding is hidden and by what; nothing when it is not."""
    span = finding.span.outermost()
    first, last = span.begin.line, span.source.position(max(span.end - 1, span.start)).line
    hits = [directive for directive in directives if directive.hides(finding, first, last)]
    if hits:
        return hits[0].reason or f"ignored by the comment on line {hits[0].span.begin.line}", "comment"
    pattern = policy.ignored_by(span.source.path, finding.code)
    return (f"per-file-ignores: {pattern}", "per-file-ignores") if pattern else ("", "")


def _verdicts(directive: Directive, policy: Policy) -> Iterator[Finding]:
    """What is to be said about a directive."""
    whole = "in this file" if directive.lines is None else "here"
    if directive.words is None:
        if not directive.used and policy.complete:
            yield _own(UNUSED, f"this comment hides nothing: no rule reports anything {whole}", directive.span, policy)
        return
    if not directive.words:
        yield _own(UNUSED, "this comment hides nothing: it names no rule", directive.span, policy)
    for word, span in directive.words:
        codes = directive.codes[word]
        if not codes:
            guess = did_you_mean(word, policy.catalogue.words())
            yield _own(UNKNOWN, f"there is no rule {word!r} to ignore{guess}", span, policy)
        elif word not in directive.used and codes & policy.enabled - {UNUSED, UNKNOWN}:
            yield _own(UNUSED, f"this comment hides nothing: {word} reports nothing {whole}", span, policy)


def _own(code: str, message: str, span: Span, policy: Policy) -> Finding:
    known = BY_CODE[code]
    how = "safe" if code == UNUSED else "display-only"
    severity: Severity = policy.severities.get(code, known.severity)
    return Finding(code, known.name, severity, message, span, suggestions=(Suggestion(known.help, applicability=how),))
