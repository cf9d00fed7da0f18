"""The diagnostics that are no rules: what qp-lint says about files it could not read, about ignore comments, about itself.

Their codes live in the same space as rules' (`--ignore QP903`, `severity = { QP903 = "error" }`, `qp-lint rule QP903`).
"""

from __future__ import annotations

from dataclasses import dataclass

from qp_lint.diagnostics import Severity


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A diagnostic of qp-lint itself: `summary` is one sentence, `help` says what to do about it."""

    code: str
    name: str
    severity: Severity
    summary: str
    help: str


_W = Severity.WARNING

BUILT_IN = (
    BuiltIn(
        "QP001",
        "unused-ignore",
        _W,
        "An ignore comment suppresses nothing: no finding of the rule it names lies on its line or in its file.",
        "Remove the comment, or the code that no longer applies, so that a later finding there is not hidden.",
    ),
    BuiltIn(
        "QP002",
        "unknown-ignore-code",
        _W,
        "An ignore comment names a rule that does not exist.",
        "Correct the code or name; `qp-lint rule --all` lists every rule.",
    ),
    BuiltIn(
        "QP900",
        "internal-error",
        Severity.ERROR,
        "qp-lint failed on this file or run; everything else was still checked.",
        "Please report it with the text of the message; `-v` prints where it happened.",
    ),
    BuiltIn(
        "QP901",
        "unreadable-file",
        _W,
        "A file or folder cannot be read (permissions, a loop of links, not a regular file, an input error).",
        "Make it readable, or exclude it.",
    ),
    BuiltIn(
        "QP902",
        "syntax-error",
        _W,
        "A file does not parse as what it is, so nothing in it was checked; it is an error where a run needs the file.",
        "Fix the syntax at the place named; the program that reads the file would refuse it too.",
    ),
    BuiltIn(
        "QP903",
        "not-utf8",
        _W,
        "A file is not UTF-8 text, so nothing in it was checked.",
        "Save it as UTF-8, or exclude it.",
    ),
    BuiltIn(
        "QP904",
        "file-too-large",
        _W,
        "A file is larger than what a script or configuration can sensibly be, so it was not read.",
        "Exclude it, or move the data out of it.",
    ),
    BuiltIn(
        "QP905",
        "binary-file",
        _W,
        "A file with the name of a script or configuration holds binary data, so it was not read.",
        "Exclude it, or rename it.",
    ),
    BuiltIn(
        "QP906",
        "interrupted-fix",
        _W,
        "A --fix was killed while it changed files: some of them are changed, and others are not.",
        "Run --fix again: it puts back what was changed, and starts anew.",
    ),
    BuiltIn(
        "QP907",
        "not-followed",
        Severity.INFO,
        "A program does too much to be followed to its end, so what it does after that was not judged.",
        "Move what it computes at length (thousands of calls, a generated table) into functions that the training does not need, "
        "or point qp-lint at the configuration.",
    ),
)

BY_CODE: dict[str, BuiltIn] = {entry.code: entry for entry in BUILT_IN}
