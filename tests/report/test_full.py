"""The `full` format, character by character."""

from __future__ import annotations

import pytest

from qp_lint.diagnostics import Finding, Related, Severity
from qp_lint.report import renderer
from qp_lint.report.display import Style
from qp_lint.report.view import View, view
from qp_lint.text import Source

WHOLE = """\
error[QP101] ptq-checkpoint-sharded: LLaMA-Factory refuses a GPTQ checkpoint with DeepSpeed ZeRO-3
 --> train.yaml:3:1
  |
1 | model_name_or_path: TheBloke/Llama-2-7B-GPTQ
  |                     ------------------------ GPTQ, by its name
...
3 | deepspeed: ds_z3.json
  | ^^^^^^^^^^^^^^^^^^^^^
  |
 ::: run.sh:2:3
  |
2 |   llamafactory-cli train train.yaml
  |   --------------------------------- launched here
  |
 ::: ds_z3.json:3:3
  |
3 |         "stage": 3
  |         ---------- ZeRO-3
  |
  = run: run.sh
  = happens: refused while the model loads
  = raises: ValueError: DeepSpeed ZeRO-3 or FSDP is incompatible with PTQ-quantized models.
  = help: start from the unquantized base model
          Quantize it on load with bitsandbytes in 4 bits; Quantize it on load with bitsandbytes in
          4 bits; Quantize it on load with bitsandbytes in 4 bits;
  = help: use ZeRO-2 instead of ZeRO-3
  = versions: llamafactory 0.9.5 (newest release known to qp-lint)
  = see: https://example.org/QP101

warning[QP903] old.py:3:1: not UTF-8: byte 0xe9 on line 3

Found 1 error, 1 warning in 4 files (1 run). 1 finding suppressed.
"""


def render(view: View, style: Style = Style(quiet=True)) -> str:  # noqa: B008 - frozen
    return renderer("full")(view, style)


def snippet(text: str, marked: str, *related: tuple[str, str], style: Style = Style(quiet=True)) -> list[str]:  # noqa: B008
    """The source part of a finding at `marked`, with labelled places."""
    source = Source("a.py", text)
    spans = [source.span(text.index(part), text.index(part) + len(part)) for part in (marked, *(part for part, _ in related))]
    places = tuple(Related(span, label) for span, (_, label) in zip(spans[1:], related, strict=True))
    found = Finding("QP1", "x", Severity.ERROR, "m", spans[0], related=places)
    return render(view([found], [], [], files=1, runs=1), style).splitlines()[2:]


def test_whole_report(sample: View) -> None:
    assert render(sample, Style()) == WHOLE


def test_quiet_has_no_summary(sample: View) -> None:
    assert render(sample) == WHOLE.rpartition("\nFound")[0]
    assert render(view([], [], [], files=3, runs=1)) == ""


@pytest.mark.parametrize(
    ("files", "runs", "expected"),
    [
        (14, 3, "All checks passed: 14 files, 3 runs.\n"),
        (1, 1, "All checks passed: 1 file, 1 run.\n"),
        (2, 0, "No training run found in 2 files: there was nothing to judge.\n"),
    ],
)
def test_summary_of_a_clean_check(files: int, runs: int, expected: str) -> None:
    assert render(view([], [], [], files=files, runs=runs), Style()) == expected


def test_colours_do_not_change_the_text(sample: View) -> None:
    import re

    coloured = render(sample, Style(colour=True))
    assert coloured.startswith("\x1b[1;31merror[QP101]\x1b[0m \x1b[1mptq-checkpoint-sharded:\x1b[0m ")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == WHOLE


def test_tabs_wide_and_combining_characters_keep_the_caret_in_place() -> None:
    assert snippet("\tx = '模型e\u0301', load_in_4bit\n", "load_in_4bit") == [
        "  |",
        "1 |     x = '模型e\u0301', load_in_4bit",  # 模型 takes 4 columns, é one
        "  |                  ^^^^^^^^^^^^",
        "  |",
    ]


def test_crlf_and_end_of_line() -> None:
    assert snippet("a = 1\r\nb = 2\r\n", "b = 2") == ["  |", "2 | b = 2", "  | ^^^^^", "  |"]


def test_empty_span_still_points() -> None:
    source = Source("a.json", "{}")
    found = Finding("QP1", "x", Severity.ERROR, "m", source.span(2, 2))
    assert render(view([found], [], [], files=1, runs=1)).splitlines()[2:] == ["  |", "1 | {}", "  |   ^", "  |"]


def test_line_wider_than_the_screen_is_cut_around_the_place() -> None:
    lines = snippet(
        "x = '" + "a" * 300 + "', load_in_4bit=True, '" + "b" * 300 + "'\n", "load_in_4bit=True", style=Style(width=60)
    )
    assert lines[1].startswith("1 | …aaa")
    assert lines[1].endswith("bbb…")
    assert len(lines[1]) <= 60
    start = lines[2].index("^")
    assert lines[1][start : start + lines[2].count("^")] == "load_in_4bit=True"


def test_long_line_is_not_cut_at_the_start_when_the_place_is_there() -> None:
    lines = snippet("load_in_4bit" + "a" * 300, "load_in_4bit", style=Style(width=60))
    assert lines[1].startswith("1 | load_in_4bitaaa")
    assert lines[2] == "  | ^^^^^^^^^^^^"


def test_several_lines_after_other_text() -> None:
    text = "m = load(\n    'x',\n    b=1,\n)\n"
    assert snippet(text, text[4:-1], ("'x'", "the model")) == [
        "  |",
        "1 |   m = load(",
        "  |  _____^",
        "2 | |     'x',",
        "  | |     --- the model",
        "3 | |     b=1,",
        "4 | | )",
        "  | |_^",
        "  |",
    ]


def test_several_whole_lines_are_shortened() -> None:
    text = "".join(f"line{number:02}\n" for number in range(1, 21))
    assert snippet(text, text[7:-8]) == [
        "   |",
        " 2 | / line02",
        " 3 | | line03",
        " 4 | | line04",
        " 5 | | line05",
        "...  |",
        "18 | | line18",
        "19 | | line19",
        "   | |______^",
        "   |",
    ]


def test_two_places_on_one_line_are_marked_left_to_right() -> None:
    assert snippet("f(a=1, b=2)\n", "b=2", ("a=1", "first"), ("b=2", "second")) == [
        "  |",
        "1 | f(a=1, b=2)",
        "  |   --- first",
        "  |        ^^^ second",
        "  |",
    ]


def test_control_characters_cannot_drive_the_terminal() -> None:
    lines = snippet("x = '\x1b[2Jabc\u202edef'\n", "x")
    assert lines[1] == "1 | x = '␛[2Jabc\ufffddef'"


def test_message_of_several_lines_stays_in_the_header(finding: Finding) -> None:
    import dataclasses

    hostile = dataclasses.replace(finding, message="a\nb\x1b[31m")
    head = render(view([hostile], [], [], files=1, runs=1)).splitlines()[0]
    assert head == "error[QP101] ptq-checkpoint-sharded: a b␛[31m"
