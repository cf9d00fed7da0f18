"""Runs and rules to findings."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qp_lint.diagnostics import Finding, Related, Severity, Suggestion
from qp_lint.rules.conditions import holds, required
from qp_lint.rules.model import Rule, VersionEntry
from qp_lint.rules.truth import Truth
from qp_lint.run import Run
from qp_lint.settings import Rank, Setting
from qp_lint.text import Span
from qp_lint.tree import Arm, Plain
from qp_lint.versions import Cover

WORD = re.compile(r"[\"']?([\w.-]{1,40})[\"']?")
NEGATED = re.compile(r"\bis not\b|\bnot in\b|!=")
JOINED = re.compile(r"\b(?:and|or|if|case|while)\b")  # also a statement of a shell
GUARD = re.compile(r"zero_?3|zero_stage|deepspeed|fsdp|distributed|world_size|parallel|rank\b|num_processes", re.IGNORECASE)


def judge(runs: Sequence[Run], rules: Sequence[Rule], *, severities: Mapping[str, Severity] | None = None) -> list[Finding]:
    """All findings of `runs`; see `Judge`."""
    judging = Judge(rules, severities)
    judging.add(runs)
    return judging.findings()


class Judge:
    """Judges runs as they are linked.

    Runs of the same labels and places are ways through undecided branches of one program, and are added together: what only some
    of them break is a warning at most.  The same finding of several runs is reported once.  `severities` overrides by code.
    """

    def __init__(self, rules: Sequence[Rule], severities: Mapping[str, Severity] | None = None) -> None:
        self._needs = [(rule, required(rule.when)) for rule in rules if rule.when]
        self._severities = severities or {}
        self._merged: dict[object, list[Finding]] = {}
        self._count = 0  # runs that were added before

    def add(self, runs: Sequence[Run]) -> None:
        """Judge all ways through one or several programs."""
        groups: dict[object, list[Run]] = {}
        numbers = {id(run): self._count + number for number, run in enumerate(runs)}
        self._count += len(runs)
        for run in runs:
            groups.setdefault(run.identity, []).append(run)
        for group in groups.values():
            names: set[str] = set().union(*(run.settings.keys() for run in group))
            for rule, needed in self._needs:
                if needed <= names:
                    self._try(rule, [run for run in group if needed <= run.settings.keys()], group, numbers)

    def _try(self, rule: Rule, candidates: Sequence[Run], group: Sequence[Run], numbers: Mapping[int, int]) -> None:
        finding = judge_group(rule, candidates, group, numbers)
        if finding is not None:
            if rule.code in self._severities:
                finding = dataclasses.replace(finding, severity=self._severities[rule.code])
            place = finding.span.outermost()
            identity = (finding.code, place.source.path, place.start, place.end, finding.message)
            self._merged.setdefault(identity, []).append(finding)

    def findings(self) -> list[Finding]:
        """What was found so far."""
        return [_together(findings) for findings in self._merged.values()]


def _together(findings: list[Finding]) -> Finding:
    """One finding for the same one in several runs: that of the run in which it is worst."""
    first = max(findings, key=lambda finding: finding.severity)
    others = list(dict.fromkeys(finding.run for finding in findings if finding.run != first.run))
    numbers = tuple(dict.fromkeys(number for finding in findings for number in finding.runs))
    name = f"{first.run} (and {len(others)} more, such as {others[0]})" if others else first.run
    return dataclasses.replace(first, run=name, runs=numbers)


def judge_group(rule: Rule, candidates: Sequence[Run], group: Sequence[Run], numbers: Mapping[int, int]) -> Finding | None:
    """The finding of a rule on the ways through one program; `numbers` are those of the runs by id.

    Where the program itself asks how it is spread over processes, its author has seen to the ways that do not go together.
    """
    hits = [(run, finding) for run in candidates if (finding := judge_run(rule, run)) is not None]
    if not hits:
        return None
    run, finding = max(hits, key=lambda hit: hit[1].severity)
    finding = dataclasses.replace(finding, runs=tuple(numbers[id(other)] for other, _ in hits))
    if len(hits) == len(group):
        return finding
    deciding = [
        arm for arm in run.branches if any(arm not in other.branches for other in group if other not in [r for r, _ in hits])
    ]
    spread = any(name.startswith(("parallel.", "launch.")) for name, _ in finding.settings)
    if spread and any(GUARD.search(arm.branch.text) for arm in deciding):
        return None
    # an author who leaves two things open rarely means every combination of them
    several = len(deciding) + (holds(rule.when, run, []) is Truth.MAYBE) > 1
    limit = Severity.INFO if several else Severity.WARNING
    sides = [Related(arm.branch.settled(), f"when this is {'true' if _is_true(arm) else 'false'}") for arm in deciding[:2]]
    return dataclasses.replace(finding, severity=min(finding.severity, limit), related=(*finding.related, *sides), certain=False)


def _is_true(arm: Arm) -> bool:
    """Whether the condition of a branch is true on one of its sides; of `x is not None` side 0 is where x is None."""
    text = arm.branch.text
    negated = text.startswith("not ") != (NEGATED.search(text) is not None) and JOINED.search(text) is None
    return (arm.index == 0) != negated


def judge_run(rule: Rule, run: Run) -> Finding | None:
    """The finding of a rule on a run, None when it does not fire."""
    used: list[str] = []
    truth = holds(rule.when, run, used)
    if truth < Truth.MAYBE:
        return None
    entry, cover = VersionEntry({}), Cover.ALL
    if rule.versions:
        chosen = _version_entry(rule.versions, run, used)
        if chosen is None:
            return None
        entry, cover, more = chosen
        truth = min(truth, more)
    merged = _overridden(rule, entry)
    uncertain = truth is Truth.MAYBE
    severity = min(merged.severity, Severity.WARNING) if uncertain or cover is Cover.SOME else merged.severity
    settings = [run.settings[name] for name in used if name in run.settings]
    places = list(_places(merged, run, settings))
    if not places:
        return None
    packages = dict.fromkeys(package for item in rule.versions for package in item.ranges)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        message=render(merged.message, run) + _possibly(settings, uncertain) + _boundary(entry, run, cover),
        span=places[0][0],
        label=places[0][1],
        related=tuple(Related(span, label) for span, label in places[1:]),
        run=run.name,
        settings=tuple((setting.name, shown(setting)) for setting in settings),
        effect=merged.effect,
        fails_at=merged.fails_at,
        happens=merged.happens,
        raises=next(iter(merged.raises), ""),
        why=merged.why,
        suggestions=tuple(_suggestions(merged, run)),
        versions=tuple(run.versions.describe(package) for package in packages),
        url=rule.url,
        certain=not uncertain and cover is Cover.ALL,
    )


def _version_entry(entries: Iterable[VersionEntry], run: Run, used: list[str]) -> tuple[VersionEntry, Cover, Truth] | None:
    """The first entry that holds for admitted versions: one that covers all of them before one that covers some."""
    some: tuple[VersionEntry, Cover, Truth] | None = None
    for entry in entries:
        covers = [run.versions.cover(package, str(ranges)) for package, ranges in entry.ranges.items()]
        if Cover.NONE in covers:
            continue
        mine: list[str] = []
        truth = holds(entry.when, run, mine)
        if truth < Truth.MAYBE:
            continue
        if Cover.SOME not in covers:
            used += [name for name in mine if name not in used]
            return entry, Cover.ALL, truth
        some = some or (entry, Cover.SOME, truth)
    return some


def _overridden(rule: Rule, entry: VersionEntry) -> Rule:
    """The rule with what a version entry overrides."""
    changes = dict(entry.overrides)
    if "severity" in changes:
        changes["severity"] = Severity[str(changes["severity"]).upper()]
    if isinstance(changes.get("raises"), str):
        changes["raises"] = (changes["raises"],)
    return dataclasses.replace(rule, **changes) if changes else rule


def _possibly(settings: Sequence[Setting], uncertain: bool) -> str:
    """What has to be so for an uncertain finding."""
    open_ = [setting for setting in settings if uncertain and not setting.known]
    return f" (possibly: {setting_words(open_[0])} is not certain)" if open_ else ""


def _boundary(entry: VersionEntry, run: Run, cover: Cover) -> str:
    """From which version on a finding holds, when the project admits others too."""
    if cover is not Cover.SOME:
        return ""
    partly = [(package, spec) for package, spec in entry.ranges.items() if run.versions.cover(package, str(spec)) is Cover.SOME]
    return " (with " + " and ".join(f"{package} {spec}" for package, spec in partly) + "; other versions are admitted too)"


def _places(rule: Rule, run: Run, settings: Sequence[Setting]) -> Iterator[tuple[Span, str]]:
    """Where to report and what leads there, then the other places: the launch first, then in the order of the run's files."""
    named = [run.settings[name] for name in rule.report if name in run.settings]
    first = next((setting for setting in (*named, *settings) if setting.spans), None)
    seen: set[Span] = set()
    if first is not None:
        place = first.spans[0].settled()
        seen.add(place)
        yield place, setting_words(first)
        launch = [span.settled() for span in run.spans]
        for place in [span.settled() for span in first.spans[1:]] if first.rank > Rank.DEFAULT else ():
            if not any(span.covers(place) for span in launch) and not any(place.covers(other) for other in seen):
                seen.add(place)
                yield place, "leads to it"
    for index, span in enumerate(span.settled() for span in run.spans):
        if span not in seen:
            seen.add(span)
            yield span, "launched here" if index == 0 and len(run.spans) > 1 else "in this run"
    order = {path: index for index, path in enumerate(run.files)}
    used = {setting.spans[0] for setting in settings if setting.spans}  # a derived setting is shown as what it follows from
    rest = [s for s in (*settings, *named) if s.spans and s.spans[0] in used and (s.rank > Rank.DEFAULT or s in named)]
    rest.sort(key=lambda setting: order.get(setting.spans[0].outermost().source.path, len(order)))
    told = [first] if first is not None else []
    for setting in rest:
        if (
            setting.name not in ("purpose", "framework", "model.load_api", "quantization.origin")
            and (place := setting.spans[0].settled()) not in seen
        ):
            seen.add(place)
            told.append(setting)
            yield place, setting_words(setting)
    for setting in told:
        for place in _deciding(setting.spans, run):
            if not any(other.outermost().covers(place.outermost()) for other in seen):
                seen.add(place)
                yield place, f"decides on `{setting.key.rpartition('.')[2]}`"


def _deciding(spans: Sequence[Span], run: Run, depth: int = 3) -> tuple[Span, ...]:
    """The places of the values that decided, in a condition of a program or script, that what stands at `spans` is done.

    Of nested conditions the innermost counts; one that other values decided at another call tells nothing.  What decided on
    these values follows.
    """
    for span in spans:
        found: dict[tuple[int, int], set[tuple[Span, ...]]] = {}
        for decision in run.decisions:
            if decision.region.source is span.source and decision.covers(span):
                begin = decision.region.start if decision.after is None else decision.after.end
                places = tuple(place.settled() for place in decision.places if not decision.test.covers(place))
                found.setdefault((decision.region.end - begin, begin), set()).add(places)
        inner = next((ways for _, ways in sorted(found.items()) if any(ways)), set())
        if inner:
            chosen = inner.pop() if len(inner) == 1 else ()
            return (*chosen, *(_deciding(chosen, run, depth - 1) if depth else ()))
    return ()


def _suggestions(rule: Rule, run: Run) -> Iterator[Suggestion]:
    """The fixes that apply; one that sets what another setting has is for a person where that is not known."""
    for fix in rule.fixes:
        if holds(fix.when, run, []) >= Truth.MAYBE:
            sources = [value["same"] for value in fix.set.values() if isinstance(value, Mapping)]
            known = all(run.value(source) is not None for source in sources)
            changes = tuple((name, _wanted(value, run)) for name, value in fix.set.items()) if known else ()
            how = fix.applicability if known else "display-only"
            yield Suggestion(render(fix.title, run), render(" ".join(fix.detail.split()), run), how, changes)


def _wanted(value: Any, run: Run) -> Plain:
    """The value that a fix sets: `{same: other.setting}` is what the other setting has."""
    return run.value(value["same"]) if isinstance(value, Mapping) else value


def setting_words(setting: Setting) -> str:
    """A setting as the user wrote it: its key and what stands there, the value where nothing of it is written."""
    key = setting.key.rpartition(".")[2] if setting.key == setting.name else setting.key
    text = setting.spans[0].text if setting.spans else ""
    if key in text and setting.values in ((True,), (), (key,)):
        return f"`{key}`"
    written = _written(setting, key)
    if not written and setting.known and f"{setting.value}bit" in key:  # `load_in_8bit=args.bits == 8`
        return f"`{key}`"
    return f"{key} = {written or shown(setting)}"


def _written(setting: Setting, key: str) -> str:
    """The word that stands behind a setting's key, nothing where it is written in another way."""
    if not setting.spans or not setting.known:
        return ""
    span = setting.spans[0]
    before = span.source.text[max(span.start - len(key) - 8, 0) : span.start].rstrip(" \t'\"=:")
    found = WORD.fullmatch(span.text) if before.endswith(key) else None
    return found[1] if found else ""


def shown(setting: Setting) -> str:
    """A setting's value in words."""
    words = ["true" if v is True else "false" if v is False else "null" if v is None else str(v) for v in setting.values]
    if not words:
        return "unknown"
    return " or ".join(words) + ("" if setting.exact else " or another value")


def render(text: str, run: Run) -> str:
    """A message with the user's own values for `{setting.name}`; an unknown one is called by its name."""

    def value(match: re.Match[str]) -> str:
        setting = run.settings.get(match[1])
        if setting is None or not setting.values or setting.values == (None,):
            return match[1].rpartition(".")[2].replace("_", " ")
        return " or ".join(str(v).lower() if isinstance(v, bool) else str(v) for v in setting.values)

    return re.sub(r"\{([a-z0-9_.-]+)\}", value, text)
