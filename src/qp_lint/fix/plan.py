"""From "these settings should be so" to the edits that would do it, likeliest first."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qp_lint.diagnostics import Finding
from qp_lint.fix.containers.base import Container, Language
from qp_lint.fix.edits import Created, Edit, applied, by_file, in_file, joined
from qp_lint.fix.places import around, languages, literal
from qp_lint.frameworks import writers
from qp_lint.frameworks.base import REMOVE, Dtype, Wanted
from qp_lint.pipeline import Result
from qp_lint.run import Run
from qp_lint.settings import Rank, Setting
from qp_lint.text import Span
from qp_lint.tree import Plain

SPOTS = 4  # places of a setting that are tried
COMBINATIONS = 12  # of the ways to set several settings
# What is written where the model is loaded, while it is written nowhere else.
BESIDE = {"quantization.origin": ("model.load_api", "model.name"), "model.dtype": ("model.load_api",)}
# What a sound run that reads it from the same place does not feel: no weight has another value, no memory is saved or lost.
HARMLESS = ("quantization.storage_dtype",)
DTYPES = frozenset(
    {
        *("quantization.storage_dtype", "quantization.compute_dtype", "model.dtype", "parallel.fsdp.mixed_precision"),
        "deepspeed.linear.dtype",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One way to set one setting: entries of a mapping, or an edit of its own; `place` is the place it was found from."""

    place: Span
    container: Container | None = None
    entries: tuple[tuple[str, Wanted], ...] = ()
    edits: tuple[Edit, ...] = ()
    creates: tuple[Created, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Edits of files on disk, and new files."""

    edits: tuple[Edit, ...]
    creates: tuple[Created, ...] = ()


def plans(result: Result, finding: Finding, changes: Sequence[tuple[str, Plain]]) -> Iterator[Plan]:
    """The ways to give all runs of a finding these settings."""
    runs = [result.runs[number] for number in finding.runs]
    ways = [list(ways_of(result, finding, run, name, value)) for name, value in changes for run in runs]
    seen: set[Plan] = set()
    for combination in itertools.islice(itertools.product(*_same(ways)), COMBINATIONS):
        plan = together(combination)
        if plan is not None and plan not in seen:
            seen.add(plan)
            yield plan


def _same(ways: list[list[Change]]) -> list[list[Change]]:
    """Several runs that read the same places have the same ways: one list for them."""
    found: list[list[Change]] = []
    for way in ways:
        if way not in found:
            found.append(way)
    return found


def together(changes: Sequence[Change]) -> Plan | None:
    """Changes as edits of files; entries of one mapping are written at once."""
    edits: list[Edit] = []
    groups: dict[tuple[int, int, int], tuple[Change, dict[str, Wanted]]] = {}
    creates: dict[str, Created] = {}
    for change in changes:
        edits += change.edits
        for created in change.creates:
            if creates.setdefault(created.path, created) != created:
                return None
        if change.container is not None:
            span = change.container.span
            entries = groups.setdefault((id(span.source), span.start, span.end), (change, {}))[1]
            for key, wanted in change.entries:
                if entries.setdefault(key, wanted) != wanted:
                    return None
    for change, entries in groups.values():
        assert change.container is not None
        made = change.container.changed(entries, change.place.start)
        if made is None:
            return None
        edits += made
    outer = [in_file(edit) for edit in edits if edit.text != edit.span.text]
    final = joined(edit for found in outer for edit in found or ()) if None not in outer else None
    return Plan(tuple(final), tuple(creates.values())) if final else None


def ways_of(result: Result, finding: Finding, run: Run, name: str, value: Plain) -> Iterator[Change]:
    """The ways to give one run one setting."""
    from qp_lint.fix.files import other_files
    from qp_lint.fix.rewrites import REWRITES

    setting = run.settings.get(name) or Setting(name, (), False, framework=name.partition(".")[0], rank=Rank.DEFAULT)
    setting = dataclasses.replace(setting, spans=tuple(span.settled() for span in setting.spans))
    if name in BESIDE and (setting.rank <= Rank.DEFAULT or name == "quantization.origin"):
        spans = tuple(span.settled() for beside in BESIDE[name] if beside in run.settings for span in run.settings[beside].spans)
        for place in spans[:SPOTS]:
            yield from _by_writers(setting, place, value)
        return
    if name in REWRITES:
        for place in setting.spans[:1]:
            if Language.PYTHON in languages(place.source):
                yield from (Change(place, edits=tuple(edits)) for edits in REWRITES[name](place, value))
    written = list(_in_place(setting, finding, value))
    yield from other_files(result, finding, setting, value, written)
    if name in HARMLESS or not shared(result, finding, setting):
        yield from written


def shared(result: Result, finding: Finding, setting: Setting) -> bool:
    """Whether a run that is sound reads the setting from the same place."""
    mine = broken(result, finding)
    return any(
        other.identity not in mine
        and (theirs := other.settings.get(setting.name)) is not None
        and theirs.spans[:1] == setting.spans[:1] != ()
        for other in result.runs
    )


def broken(result: Result, finding: Finding) -> set[object]:
    """The identities of the runs that break the rule of a finding, in this finding or in another one."""
    numbers = (number for other in result.findings if other.code == finding.code for number in other.runs)
    return {result.runs[number].identity for number in numbers}


def _in_place(setting: Setting, finding: Finding, value: Plain) -> Iterator[Change]:
    """Where the setting is written, else where what implies it stands."""
    key = (setting.key or setting.name).lstrip("-").replace("-", "_").rpartition(".")[2]
    for number, place in enumerate(setting.spans[:SPOTS] or _places(finding)):
        yield from _by_writers(setting, place, value)
        found = around(place)
        wanted = _wanted(setting.name, value)
        implied = (number == 0 or not setting.spans) and setting.rank is Rank.DEFAULT and wanted is not REMOVE
        written = next((container for container in found if key in container.keys), found[0] if found and implied else None)
        if written is not None:
            yield Change(place, written, ((key, wanted),))
        if number == 0 and not implied and wanted is not REMOVE:
            edit = literal(place, wanted)
            if edit is not None:
                yield Change(place, edits=(edit,))


def _by_writers(setting: Setting, place: Span, value: Plain) -> Iterator[Change]:
    """As the frameworks write the setting around a place."""
    found = around(place)
    keys = [container.written() for container in found]
    for writer in writers(setting.name, setting.framework):
        answer = writer(value, keys)
        if answer is not None:
            depth, entries = answer
            changes = {name: wanted for name, wanted in entries.items() if wanted is not REMOVE or name in keys[depth]}
            yield Change(place, found[depth], tuple(changes.items()))


def _places(finding: Finding) -> list[Span]:
    """Where a setting that nothing implies may be added: beside what the finding points at."""
    return [place.settled() for place in (finding.span, *(related.span for related in finding.related))][:SPOTS]


def _wanted(name: str, value: Plain) -> Wanted:
    """A setting's value as an entry: None takes it out."""
    if value is None:
        return REMOVE
    return Dtype(value) if name in DTYPES and isinstance(value, str) else value


def overlay_of(plan: Plan, paths: Mapping[str, str]) -> dict[str, str]:
    """The texts after a plan by project path; `paths` are project paths by shown path."""
    texts = {paths[path]: applied(edits[0].span.source.text, edits) for path, edits in by_file(plan.edits).items()}
    return texts | {created.path: created.text for created in plan.creates}
