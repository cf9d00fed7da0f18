"""Other files in place of an edit: a sibling that has the wanted value, a changed copy where sound runs share the file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qp_lint.diagnostics import Finding
from qp_lint.fix.edits import Created, Edit, applied
from qp_lint.pipeline import Result
from qp_lint.settings import Rank, Setting
from qp_lint.text import Span
from qp_lint.tree import Plain

if TYPE_CHECKING:
    from qp_lint.fix.plan import Change

DATA = (".json", ".yaml", ".yml", ".toml")


def other_files(result: Result, finding: Finding, setting: Setting, value: Plain, written: Sequence[Change]) -> Iterator[Change]:
    """Ways to set a setting that is written in a data file which the run names: in `written` are the edits in place."""
    from qp_lint.fix.plan import Change, shared, together

    if not setting.spans or setting.rank <= Rank.DEFAULT:
        return
    source = setting.spans[0].outermost().source
    files = (path for number in finding.runs for path in result.runs[number].files)
    path = next((path for path in files if result.project.shown(path) == source.path), None)
    pointer = next((span for span in setting.spans[1:] if names(span, source.path)), None) if path else None
    if path is None or pointer is None or not path.endswith(DATA) or pointer_shared(result, finding, setting, pointer):
        return
    sibling = renumbered(path, setting.value, value)
    if sibling is not None and result.project.exists(sibling):
        yield Change(pointer, edits=(pointed(pointer, path, sibling),))
    if shared(result, finding, setting):
        target = sibling or suffixed(path, setting, value)
        if result.project.exists(target):
            return
        for change in written:
            plan = together([change])
            if plan is not None and all(edit.span.source is source for edit in plan.edits):
                text = applied(source.text, plan.edits)
                yield Change(
                    pointer,
                    edits=(pointed(pointer, path, target),),
                    creates=(Created(target, result.project.shown(target), text),),
                )


def names(span: Span, path: str) -> bool:
    """Whether a text names a file: a word, a string or an option's value that ends with its name."""
    text = span.text.strip("\"' \t").rpartition("=")[2].strip("\"'")
    return posixpath.basename(text) == posixpath.basename(path)


def pointer_shared(result: Result, finding: Finding, setting: Setting, pointer: Span) -> bool:
    """Whether a sound run finds the file through the same place."""
    from qp_lint.fix.plan import broken

    mine = broken(result, finding)
    return any(
        pointer in theirs.spans
        for other in result.runs
        if other.identity not in mine and (theirs := other.settings.get(setting.name)) is not None
    )


def pointed(pointer: Span, old: str, new: str) -> Edit:
    """The edit that names another file of the same folder."""
    return Edit(pointer, posixpath.basename(new).join(pointer.text.rsplit(posixpath.basename(old), 1)))


def renumbered(path: str, old: Plain, new: Plain) -> str | None:
    """`ds_z2.json` for `ds_z3.json`: the name with the number changed; None when it names no number."""
    folder, name = posixpath.split(path)
    stem, suffix = posixpath.splitext(name)
    if not isinstance(old, int) or isinstance(old, bool):
        return None
    changed = re.sub(rf"(?<!\d){old}(?!\d)", str(new), stem)
    return posixpath.join(folder, changed + suffix) if changed != stem else None


def suffixed(path: str, setting: Setting, value: Plain) -> str:
    """The name of a copy that says what is different in it."""
    stem, suffix = posixpath.splitext(path)
    return f"{stem}_{setting.key.rpartition('.')[2]}{value}{suffix}"
