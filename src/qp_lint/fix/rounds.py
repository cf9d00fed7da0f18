"""Fixes applied in rounds: what does not conflict at once, the rest after checking again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qp_lint.diagnostics import Finding
from qp_lint.fix import Fixer
from qp_lint.fix.edits import Edit, Fix, applied, by_file, conflict
from qp_lint.pipeline import Result
from qp_lint.project import Project

ROUNDS = 10

Check = Callable[[Mapping[str, str]], tuple[Result, Sequence[Finding]]]
"""Checks with other texts (by absolute path): the result, and those of its findings that may be fixed, in order."""


@dataclass(frozen=True, slots=True)
class Made:
    """A fix that was made: of what, and where that was reported (shown path, line at the time)."""

    code: str
    name: str
    path: str
    line: int
    title: str
    applicability: str


@dataclass(slots=True)
class Outcome:
    """What fixing led to: `texts` are the new texts of changed and new files by absolute path, `before` the old ones of changed
    files; `result` is the last check and `findings` what is left to fix."""

    result: Result
    findings: Sequence[Finding]
    texts: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)


def fix_all(check: Check, allowed: Collection[str]) -> Outcome:
    """Make every fix of an allowed applicability; nothing is written."""
    result, findings = check({})
    outcome = Outcome(result, findings)
    originals = result.project
    refused: set[object] = set()
    for _ in range(ROUNDS):
        chosen = choose(outcome.result, outcome.findings, allowed, refused)
        if not chosen:
            break
        while chosen:
            texts = outcome.texts | texts_of(outcome.result, [fix for _, fix in chosen])
            after, left = check(texts)
            if sound(outcome.result, after, chosen):
                outcome.made += [_made(finding, fix) for finding, fix in chosen]
                outcome.result, outcome.findings, outcome.texts = after, left, texts
                break
            if len(chosen) == 1:
                refused.add(identity(*chosen[0]))
            chosen = chosen[: len(chosen) // 2]  # together they do harm: fewer at once, the others in the next round
    outcome.before = originals_of(originals, outcome.texts)
    return outcome


def originals_of(project: Project, texts: Iterable[str]) -> dict[str, str]:
    """The texts that were read of the files (absolute paths) that are there."""
    found = {path: project.source(project.relative(path)) for path in texts if project.exists(project.relative(path))}
    return {path: source.text for path, source in found.items() if source is not None}


def identity(finding: Finding, fix: Fix) -> object:
    """What tells a fix from others in all rounds."""
    return finding.code, finding.message, finding.span.outermost().source.path, fix.title


def choose(
    result: Result, findings: Sequence[Finding], allowed: Collection[str], refused: Collection[object] = ()
) -> list[tuple[Finding, Fix]]:
    """For each finding its first allowed fix, unless it conflicts with that of a finding before it."""
    fixer = Fixer(result)
    chosen: list[tuple[Finding, Fix]] = []
    edits: list[Edit] = []
    created: dict[str, str] = {}
    for finding in findings:
        fixes = fixer.fixes_of(finding, allowed)
        fix = next((fix for fix in fixes if identity(finding, fix) not in refused), None)
        if fix is None or conflict(fix.edits, edits):
            continue
        if any(created.get(new.path, new.text) != new.text for new in fix.creates):
            continue
        chosen.append((finding, fix))
        edits += fix.edits
        created |= {new.path: new.text for new in fix.creates}
    return chosen


def path_of(result: Result, shown: str) -> str:
    """The project path of a shown one."""
    import os

    return result.project.relative(os.path.abspath(shown).replace(os.sep, "/"))


def texts_of(result: Result, fixes: Sequence[Fix]) -> dict[str, str]:
    """The texts after fixes, by absolute path."""
    edits = dict.fromkeys(edit for fix in fixes for edit in fix.edits)
    root = result.project.root
    texts = {
        str(root / path_of(result, path)): applied(found[0].span.source.text, found) for path, found in by_file(edits).items()
    }
    return texts | {str(root / new.path): new.text for fix in fixes for new in fix.creates}


def sound(before: Result, after: Result, chosen: Sequence[tuple[Finding, Fix]]) -> bool:
    """Whether the fixed findings are gone, no rule of their severity is broken more often, and everything is still read."""
    lowest = min(finding.severity for finding, _ in chosen)
    old, new = (Counter(finding.code for finding in result.findings if finding.severity >= lowest) for result in (before, after))
    gone = Counter(finding.code for finding, _ in chosen if finding.code in old)
    known = {(note.code, note.path) for note in before.notes}
    return all(new[code] <= old[code] - gone[code] for code in old | new) and all(
        (note.code, note.path) in known for note in after.notes
    )


def _made(finding: Finding, fix: Fix) -> Made:
    place = finding.span.outermost()
    return Made(finding.code, finding.name, place.source.path, place.begin.line, fix.title, fix.applicability)
