"""`json-lines`: one JSON object a line, as `json` describes them: diagnostics, then notes, then the summary.

`type` says which of the three a line is; the summary carries the version of the format and of qp-lint.
"""

from __future__ import annotations

from collections.abc import Iterator

from qp_lint.report.display import Style
from qp_lint.report.formats.json_ import report
from qp_lint.report.view import View


def render(view: View, style: Style) -> str:
    """The report, one object a line."""
    import json

    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(view))


def _lines(view: View) -> Iterator[dict[str, object]]:
    whole = report(view)
    for kind, members in (("diagnostic", whole["diagnostics"]), ("note", whole["notes"])):
        assert isinstance(members, list)
        yield from ({"type": kind, **member} for member in members)
    yield {"type": "summary", "version": whole["version"], "tool": whole["tool"], "summary": whole["summary"]}
