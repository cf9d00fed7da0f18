"""Widths, colours and wrapping."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.report.display import cells, printable, wants_colour, width_of, wrap
from qp_lint.report.snippet import row


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "env", "tty", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_to_colour(choice: str, env: dict[str, str], tty: bool, expected: bool) -> None:
    assert wants_colour(choice, Terminal() if tty else io.StringIO(), env) is expected


def test_tab_reaches_the_next_stop() -> None:
    assert [width for _, width in cells("a\tb\t\t")] == [1, 3, 1, 3, 4]


def test_wrap_keeps_line_breaks_and_indents() -> None:
    assert wrap("one two three\nfour", 12, "> ", "  ") == ["> one two", "  three", "  four"]
    assert wrap("averyveryverylongword x", 8) == ["averyveryverylongword", "x"]


@given(st.text(st.characters(codec="utf-16", exclude_characters="\n\r")))
def test_printed_text_holds_no_control_character(text: str) -> None:
    shown = printable(text.replace("\x0b", " "))
    assert not any(char != "\n" and (char < " " or "\x7f" <= char < "\xa0") for char in shown)


LINES = st.text(st.sampled_from("ab \té模\u0301😀"), max_size=200)


@given(LINES, st.data())
def test_a_cut_line_shows_the_place_within_the_limit(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, min(len(line), start + 8)))
    limit = 48
    shown = row(line, (start, end), limit)
    assert width_of(shown.text) <= limit
    left, right = shown.column(start), shown.column(end)
    assert 0 <= left <= right <= limit
    whole = [width for _, width in cells(line)]
    assert right - left == sum(whole[start:end])
