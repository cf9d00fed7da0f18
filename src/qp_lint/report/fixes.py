"""Fixes as reports show them."""

from __future__ import annotations

from qp_lint.fix.edits import Fix as Made
from qp_lint.report.view import Change, Fix, Place, change_of
from qp_lint.text import Position

START = Position(1, 1)


def shown(fix: Made) -> Fix:
    """A fix as plain data."""
    edits = sorted(fix.edits, key=lambda edit: (edit.span.source.path, edit.key))
    changes = [change_of(edit.span, edit.text) for edit in edits]
    changes += [Change(Place(new.shown, START, START, ()), new.text, new=True) for new in fix.creates]
    return Fix(fix.title, fix.applicability, tuple(changes))
