"""What qp-lint says: findings about runs, and notes about files that could not be read."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qp_lint.text import Span
from qp_lint.tree import Plain


class Severity(enum.IntEnum):
    """How bad: an error cannot work or computes wrong results, a warning runs but not as asked, info is good to know."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """`error`, `warning`, `info`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that makes a finding true, with what it contributes."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A titled way out: what to change, and what it costs.

    `changes` are the settings that would be changed, with the value that they should have (None: taken out).
    """

    title: str
    detail: str = ""
    applicability: str = "display-only"  # safe, unsafe, display-only
    changes: tuple[tuple[str, Plain], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken by one run.

    `span` is where the user would change it.  `related` are the other places in the order in which they meet (launch →
    config → script).  `run` and `settings` say which run and what it had resolved to; `runs` are all runs that break the rule, as
    indices into those of the check.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    label: str = ""  # what stands at `span`: the setting as the user wrote it
    related: tuple[Related, ...] = ()
    run: str = ""
    runs: tuple[int, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    effect: str = ""
    fails_at: str = ""
    happens: str = ""  # when the user would have found out, in one clause
    raises: str = ""
    why: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    versions: tuple[str, ...] = ()  # assumptions in words
    url: str = ""
    certain: bool = True  # False when a value, a branch or a version that it rests on is only possible
    suppressed: str = ""  # the reason when it is hidden
    hidden_by: str = ""  # and what hides it: comment, per-file-ignores, baseline


@dataclass(frozen=True, slots=True)
class Note:
    """A file that could not be read as what it is, or another fact about the check itself.

    `code` is stable (`QP901` …, see `notes.py`); `line` and `column` are 1-based, 0 when the whole file is meant.
    """

    code: str
    severity: Severity
    message: str
    path: str
    line: int = 0
    column: int = 0
