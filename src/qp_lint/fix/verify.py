"""Whether a fix does what it says: the project is checked again as if it were made."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from qp_lint.diagnostics import Finding, Severity
from qp_lint.pipeline import Result, recheck
from qp_lint.run import Run
from qp_lint.settings import Rank
from qp_lint.tree import Plain

# What no fix takes away: a model that is trained in some way by something.
ESSENTIAL = frozenset({"framework", "purpose", "model.name", "model.load_api", "tuning.method", "train.trainer"})
_LINE = re.compile(r":\d+")


def name_of(run: Run) -> str:
    """A run's name without line numbers, which edits move."""
    return _LINE.sub("", run.name)


def verified(result: Result, finding: Finding, changes: Sequence[tuple[str, Plain]], overlay: Mapping[str, str]) -> bool:
    """Whether all is well with these texts (by project path).

    Everything still parses, the finding is gone, its runs have the settings that they should have, nothing that was known of
    the runs became unknown, and no finding of the same or a higher severity is new.
    """
    touched = [run for run in result.runs if not overlay.keys().isdisjoint(run.files)]
    if not touched:
        return False
    files = {path for run in touched for path in run.files} | overlay.keys()
    after = recheck(result, overlay, files)
    if any(note not in result.notes for note in after.notes):
        return False
    names = {name_of(run) for run in touched}
    follows = {"model.dtype"} if any(name == "model.name" for name, _ in changes) else set[str]()  # it was the checkpoint's
    pairs = _paired(result.runs, after.runs, names)
    if pairs is None:
        return False
    for number, (old, new) in pairs.items():
        if number in finding.runs and not all(_has(new, name, value) for name, value in changes):
            return False
        if _lost(old, new, {name for name, _ in changes} | follows):
            return False
    return acceptable(result, after, names, finding)


def acceptable(before: Result, after: Result, names: Collection[str] | None, finding: Finding) -> bool:
    """Whether a finding is gone and no rule of its severity or a higher one is broken more often, in the runs of these names."""
    old, new = _counts(before, names), _counts(after, names)
    if new[finding.code, finding.severity] >= old[finding.code, finding.severity]:
        return False
    codes = {code for code, _ in new}
    return all(_at_least(new, code, finding.severity) <= _at_least(old, code, finding.severity) for code in codes)


def _counts(result: Result, names: Collection[str] | None) -> Counter[tuple[str, Severity]]:
    return Counter(
        (finding.code, finding.severity)
        for finding in result.findings
        if names is None or any(name_of(result.runs[number]) in names for number in finding.runs)
    )


def _at_least(counts: Counter[tuple[str, Severity]], code: str, severity: Severity) -> int:
    return sum(count for (other, how), count in counts.items() if other == code and how >= severity)


def _paired(before: Sequence[Run], after: Sequence[Run], names: Collection[str]) -> dict[int, tuple[Run, Run]] | None:
    """The runs of these names by number, each with what it became; None when one is lost."""
    later: dict[str, list[Run]] = defaultdict(list)
    for run in after:
        later[name_of(run)].append(run)
    pairs: dict[int, tuple[Run, Run]] = {}
    met: Counter[str] = Counter()
    for number, run in enumerate(before):
        name = name_of(run)
        if name in names:
            if met[name] >= len(later[name]):
                return None
            pairs[number] = run, later[name][met[name]]
            met[name] += 1
    return pairs


def _has(run: Run, name: str, value: Plain) -> bool:
    """Whether a setting is what was wanted.

    What is switched off may be unset, and a strategy stays open where the number of processes is not known.
    """
    setting = run.settings.get(name)
    if value is None:
        return setting is None or setting.values == (None,) or setting.rank is Rank.DEFAULT
    if setting is None:
        return value is False or name == "parallel.strategy"
    return setting.known and setting.value == value


def _lost(old: Run, new: Run, changed: Collection[str]) -> bool:
    """Whether something that was known is not any more, or what a run cannot be without is gone."""
    return any(
        setting.known and (not new.settings[name].known if name in new.settings else name in ESSENTIAL)
        for name, setting in old.settings.items()
        if name not in changed
    )
