"""`--show-runs`: the runs that were understood, each setting with its value and where it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from qp_lint.report.display import printable, width_of
from qp_lint.run import Run
from qp_lint.settings import Rank, Setting
from qp_lint.text import Span
from qp_lint.tree import Plain
from qp_lint.versions import releases


def as_json(runs: Iterable[Run]) -> str:
    """The runs as a JSON array."""
    import json

    return json.dumps([_run(run) for run in runs], indent=2, ensure_ascii=False) + "\n"


def as_text(runs: Sequence[Run]) -> str:
    """The runs as tables for people."""
    if not runs:
        return "No training run was found.\n"
    return "\n".join("".join(f"{printable(line)}\n" for line in _table(number, run)) for number, run in enumerate(runs, 1))


def _run(run: Run) -> dict[str, object]:
    return {
        "id": run.name,
        "places": [_place(span) for span in run.spans],
        "files": list(run.files),
        "branches": [f"{_place(arm.branch)} side {arm.index + 1} of {arm.arity}" for arm in run.branches],
        "settings": {name: _setting(found, run.overrides(found)) for name, found in sorted(run.settings.items())},
        "versions": assumptions(run),
    }


def _setting(setting: Setting, overrides: Iterable[Setting] = ()) -> dict[str, object]:
    return {
        "values": list(setting.values),
        "exact": setting.exact,
        "framework": setting.framework or None,
        "key": setting.key,
        "from": setting.rank.name.lower(),
        "places": [_place(span) for span in setting.spans],
        "overrides": [_setting(old) for old in overrides],
    }


PACKAGES = {"swift": "ms-swift", "zero": "deepspeed", "fsdp": "accelerate"}


def assumptions(run: Run) -> list[str]:
    """The versions that a run is judged by, and why: of pinned packages, and of those that it uses."""
    used = {setting.framework for setting in run.settings.values()}
    used |= {str(run.value("quantization.method")), str(run.value("parallel.strategy")).rstrip("0123")}
    packages = {PACKAGES.get(name, name) for name in used} & releases().keys() | run.versions.admitted.keys()
    return [run.versions.describe(package) + _judged_as(run, package) for package in sorted(packages)]


def _judged_as(run: Run, package: str) -> str:
    """The releases that stand for a range."""
    candidates = run.versions.candidates(package)
    admitted = run.versions.admitted.get(package)
    if admitted is None or not admitted.specifier or not candidates or admitted.specifier == f"=={candidates[0]}":
        return ""
    last = f" to {candidates[-1]}" if len(candidates) > 1 else ""
    return f", judged as {candidates[0]}{last}"


def _place(span: Span) -> str:
    return span.where(column=True)


def value_text(setting: Setting) -> str:
    """`3`, `2 or 3`, `3, or another`, `not known`."""
    values = [_plain(value) for value in setting.values]
    if not values:
        return "not known"
    return " or ".join(values) if setting.exact else f"{' or '.join(values)}, or another"


def _plain(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _origin(setting: Setting, known: Collection[Span]) -> str:
    """Where a setting was written, nearest first, without the places that make the run, which are `known`."""
    spans = [span for span in setting.spans if span not in known] or setting.spans[:1]
    places = " <- ".join(_place(span) for span in spans)
    if setting.rank is Rank.DEFAULT:
        return f"default ({places})" if places else "default"
    return places or setting.rank.name.lower()


def _table(number: int, run: Run) -> Iterator[str]:
    yield f"run {number}: {run.name}"
    yield f"  at: {', '.join(_place(span) for span in run.spans)}"
    arms = [arm for arm in run.branches if arm not in run.loops]
    if arms:
        yield f"  branches: {', '.join(f'{_place(arm.branch)} side {arm.index + 1} of {arm.arity}' for arm in arms)}"
    rows = [("setting", "value", "written as", "from")]
    for name in sorted(run.settings):
        setting = run.settings[name]
        rows.append((name, value_text(setting), setting.key if setting.key != name else "", _origin(setting, run.spans)))
        for old in run.overrides(setting):
            key = f"({old.key})" if old.key != name else ""
            rows.append(("", f"({value_text(old)})", key, f"overridden: {_origin(old, run.spans)}"))
    widths = [max(width_of(row[index]) for row in rows) for index in range(3)]
    for row in rows:
        cells = [text + " " * (width - width_of(text)) for text, width in zip(row, widths, strict=False)]
        yield f"  {'  '.join((*cells, row[3]))}".rstrip()
    for line in assumptions(run):
        yield f"  version: {line}"
