"""Findings become edits: at the place where a setting is written, in the form in which its framework spells it.

`fixes_of` is what reports and editors ask; `rounds.py` applies fixes, `write.py` writes files.  Nothing is offered that was not
checked: see `verify.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from qp_lint.diagnostics import Finding, Suggestion
from qp_lint.fix.edits import Created, Edit, Fix
from qp_lint.pipeline import Result, recheck
from qp_lint.suppress import UNUSED

__all__ = ("Created", "Edit", "Fix", "Fixer", "fixes_of")

APPLICABILITY = ("safe", "unsafe")  # what can be made by machine
TRIED = 6  # ways to make one change that are checked


def fixes_of(finding: Finding, result: Result) -> list[Fix]:
    """The fixes of a finding that can be made by machine, in the order of its suggestions, each checked.

    `result` is the check that the finding comes from; edits refer to the texts of that check.  For several findings of one
    check `Fixer` saves work.
    """
    return Fixer(result).fixes_of(finding)


class Fixer:
    """Makes the fixes of the findings of one check."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self._paths: Mapping[str, str] = {result.project.shown(path): path for files in result.read for path in files}
        self._listed = frozenset(result.project.files)
        self._checked: dict[frozenset[str], Result] = {}

    def fixes_of(self, finding: Finding, allowed: Collection[str] = APPLICABILITY) -> list[Fix]:
        """See the function of this name; only those of an `allowed` applicability."""
        from qp_lint.fix.ignores import unused

        if finding.code == UNUSED:
            return list(unused(finding))
        if not any(suggestion.changes and suggestion.applicability in allowed for suggestion in finding.suggestions):
            return []
        base, same = self._near(finding)
        if same is None:
            return []
        wanted = [each for each in same.suggestions if each.changes and each.applicability in allowed]
        found = (self._fix(base, same, suggestion) for suggestion in wanted)
        return [fix for fix in found if fix is not None]

    def _near(self, finding: Finding) -> tuple[Result, Finding | None]:
        """The runs that share files with those of a finding, checked by themselves and kept, and the finding in that check."""
        places = {place.outermost().source.path for place in (finding.span, *(related.span for related in finding.related))}
        files = {self._paths[place] for place in places if place in self._paths}
        for _ in range(2):  # the runs of the finding, then those that share a file with them
            files = {path for read in self.result.read if not files.isdisjoint(read) for path in read}
        key = frozenset(files)
        if key not in self._checked:
            self._checked[key] = recheck(self.result, {}, key)
        base = self._checked[key]
        return base, next((other for other in base.findings if _identity(other) == _identity(finding)), None)

    def _fix(self, base: Result, finding: Finding, suggestion: Suggestion) -> Fix | None:
        """The first way to make a suggestion's changes that does what it says."""
        from qp_lint.fix.plan import overlay_of, plans
        from qp_lint.fix.verify import verified

        for number, plan in enumerate(plans(base, finding, suggestion.changes)):
            if number >= TRIED:
                break
            texts = overlay_of(plan, self._paths)
            created = {new.path for new in plan.creates}
            if not texts.keys() - created <= self._listed:
                continue  # what is excluded, or lies outside the paths that were given, is not changed
            if verified(base, finding, suggestion.changes, texts):
                return Fix(suggestion.title, suggestion.detail, suggestion.applicability, plan.edits, plan.creates)
        return None


def _identity(finding: Finding) -> object:
    place = finding.span.outermost()
    return finding.code, place.source.path, place.start, place.end, finding.message
