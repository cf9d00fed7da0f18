"""Fixed words that several text reports share."""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.diagnostics import Severity, Suggestion
from qp_lint.report.display import Style
from qp_lint.report.view import Diagnostic, View

EFFECTS = {
    "refused": "refused",
    "crashes": "fails",
    "silently-wrong": "runs, and computes wrong results without a word",
    "no-benefit": "runs, without the benefit that was asked for",
    "ignored": "runs, with this setting ignored",
}
MOMENTS = {
    "arguments": "while the arguments are checked",
    "model-load": "while the model loads",
    "prepare": "while the model is wrapped for training",
    "first-step": "in the first training step",
    "save": "when a checkpoint is saved",
    "resume": "when training resumes",
}


def happens(effect: str, fails_at: str) -> str:
    """What happens and when, in words: `refused while the arguments are checked`."""
    return " ".join(part for part in (EFFECTS.get(effect, effect), MOMENTS.get(fails_at, fails_at)) if part)


def explanation(item: Diagnostic) -> Iterator[str]:
    """What formats without fields of their own for it say below the message: when it happens, what it raises, the ways out."""
    if item.run:
        yield f"run: {item.run}"
    if words := item.happens or happens(item.effect, item.fails_at):
        yield f"happens: {words}"
    if item.raises:
        yield f"raises: {item.raises}"
    for suggestion in item.suggestions:
        yield f"help: {suggestion.title}"
    if item.versions:
        yield f"versions: {', '.join(item.versions)}"
    if item.url:
        yield f"see: {item.url}"


def message(item: Diagnostic) -> str:
    """The message for readers to whom a place is a line of the file: of a notebook it names the cell, and the line in it."""
    cell = item.place.cell
    return item.message if cell is None else f"cell {cell.number}, line {cell.start.line}: {item.message}"


def available(item: Diagnostic, suggestion: Suggestion) -> str:
    """How a suggestion can be carried out by machine, behind its title."""
    if not any((fix.title, fix.applicability) == (suggestion.title, suggestion.applicability) for fix in item.fixes):
        return ""
    return f" [fix available with {'--fix' if suggestion.applicability == 'safe' else '--fix --unsafe-fixes'}]"


def count(number: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def summary(view: View, style: Style) -> str:
    """The last line: what was found, and in how much."""
    counts = view.counts()
    severities = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "remark"))
    found = [style.paint(count(counts[severity], word), severity.label) for severity, word in severities if counts[severity]]
    seen = f"{count(view.files, 'file')} ({count(view.runs, 'run')})"
    hidden = _fixable(view) + (f" {count(len(view.suppressed), 'finding')} suppressed." if view.suppressed else "")
    if found:
        return f"Found {', '.join(found)} in {seen}.{hidden}"
    if not view.runs:
        return f"No training run found in {count(view.files, 'file')}: there was nothing to judge.{hidden}"
    return f"{style.paint('All checks passed', 'help')}: {count(view.files, 'file')}, {count(view.runs, 'run')}.{hidden}"


def _fixable(view: View) -> str:
    """How many findings can be fixed by machine."""
    best = [min(fix.applicability for fix in item.fixes) for item in view.diagnostics if item.fixes]  # safe comes first
    safe, unsafe = best.count("safe"), best.count("unsafe")
    if safe and unsafe:
        return f" {safe} fixable with --fix, {unsafe} more with --unsafe-fixes."
    return f" {safe} fixable with --fix." if safe else f" {unsafe} fixable with --fix --unsafe-fixes." if unsafe else ""


def statistics(view: View, style: Style) -> str:
    """A table of the rules that were broken: how often, and how often that was suppressed."""
    rows = [(str(reported), str(hidden), code, name) for code, name, reported, hidden in view.by_rule()]
    if not rows:
        return "" if style.quiet else summary(view, style) + "\n"
    table = [("reported", "suppressed", "code", "name"), *rows]
    widths = [max(len(row[index]) for row in table) for index in range(2)]
    lines = [f"{row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]}  {row[3]}" for row in table]
    return "\n".join([*lines, *(() if style.quiet else ("", summary(view, style)))]) + "\n"
