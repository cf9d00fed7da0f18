"""`--baseline`: known findings are hidden, new ones fail, and the file shrinks by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Project = Callable[..., Path]
Command = Callable[..., Result]

USE = ("--baseline", "known.findings", "--output-format", "concise")


def entries(file: Path) -> dict[str, int]:
    return {item["path"]: item["count"] for item in json.loads(file.read_text(encoding="utf-8"))["findings"]}


def test_known_findings_do_not_fail_and_new_ones_do(project: Project, qp: Command) -> None:
    root = project(a_yaml="x: BAD\n", b_yaml="fine\n")
    assert qp(*USE).exit_code == 2  # there is none yet
    written = qp(*USE, "--write-baseline")
    assert (written.stdout, written.stderr, written.exit_code) == ("", "known.findings: 1 finding in the baseline\n", 0)
    known = qp(*USE)
    assert known.exit_code == 0
    assert "1 finding suppressed" in known.output
    (root / "b.yaml").write_text("x: BAD\n", encoding="utf-8")
    new = qp(*USE, "-q")
    assert (new.output, new.exit_code) == ("b.yaml:1:4: error[QP101] BAD is here\n", 1)
    assert entries(root / "known.findings") == {"a.yaml": 1}


def test_it_is_about_content_not_lines(project: Project, qp: Command) -> None:
    root = project(a_yaml="x: BAD\n")
    qp(*USE, "--write-baseline")
    (root / "a.yaml").write_text("# more\n\n  x:   BAD\n", encoding="utf-8")
    assert qp(*USE).exit_code == 0
    (root / "a.yaml").write_text("y: BAD\n", encoding="utf-8")
    assert qp(*USE).exit_code == 1


def test_it_shrinks_by_itself_and_never_grows(project: Project, qp: Command) -> None:
    root = project(a_yaml="x: BAD\n", b_yaml="x: BAD\n")
    qp(*USE, "--write-baseline")
    (root / "a.yaml").write_text("fine\n", encoding="utf-8")
    shrunk = qp(*USE)
    assert "known.findings: 1 finding gone, taken out of the baseline\n" in shrunk.output
    assert entries(root / "known.findings") == {"b.yaml": 1}
    (root / "a.yaml").write_text("x: BAD\n", encoding="utf-8")
    assert qp(*USE).exit_code == 1
    (root / "a.yaml").unlink()
    (root / "b.yaml").unlink()
    assert qp(*USE).exit_code == 0
    assert entries(root / "known.findings") == {}


@pytest.mark.parametrize(
    "narrow", [["a.yaml"], ["--select", "QP102"], ["--severity", "error"], ["--target", "torch==2.5"], ["--ignore", "QP101"]]
)
def test_only_a_whole_check_shrinks_it(project: Project, qp: Command, narrow: list[str]) -> None:
    root = project(a_yaml="x: BAD\n", b_yaml="x: ODD\n")
    qp(*USE, "--write-baseline")
    (root / "a.yaml").write_text("fine\n", encoding="utf-8")
    (root / "b.yaml").write_text("fine\n", encoding="utf-8")
    qp(*USE, *narrow)
    assert entries(root / "known.findings") == {"a.yaml": 1, "b.yaml": 1}


def test_nothing_is_taken_out_while_a_file_cannot_be_read(project: Project, qp: Command) -> None:
    root = project(a_yaml="x: BAD\n")
    qp(*USE, "--write-baseline")
    (root / "a.yaml").write_bytes(b"\xff")
    qp(*USE)
    assert entries(root / "known.findings") == {"a.yaml": 1}


def test_writing_for_some_paths_keeps_the_others(project: Project, qp: Command) -> None:
    root = project(sub__a_yaml="x: BAD\n", sub__b_yaml="x: BAD\n")
    qp("sub/a.yaml", *USE, "--write-baseline")
    qp("sub/b.yaml", *USE, "--write-baseline")
    assert entries(root / "known.findings") == {"sub/a.yaml": 1, "sub/b.yaml": 1}


def test_configuration_names_it_from_its_own_folder(
    project: Project, qp: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project(sub__a_yaml="x: BAD\n", pyproject_toml="[tool.qp-lint]\nbaseline = 'known.findings'\n")
    assert qp("--write-baseline").exit_code == 0
    monkeypatch.chdir(tmp_path / "sub")  # paths are the same wherever one stands
    assert qp().exit_code == 0
    assert qp("--isolated").exit_code == 1
    assert qp("--isolated", "--write-baseline").exit_code == 2


def test_sarif_and_cached_results_show_it_as_suppressed(project: Project, qp: Command, tmp_path: Path) -> None:
    project(a_yaml="x: BAD\n")
    qp(*USE, "--write-baseline")
    for _ in range(2):
        assert qp(*USE[:2], "--output-format", "sarif=out/a.sarif", "-q").exit_code == 0
        (result,) = json.loads((tmp_path / "out" / "a.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
        assert result["suppressions"] == [
            {"kind": "external", "status": "accepted", "justification": "in the baseline known.findings"}
        ]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [1]}', '{"version": 1, "findings": [{"path": "a"}]}',
     '{"version": 1, "findings": [{"path": "a", "code": "b", "content": "c", "count": "x"}]}', "[" * 100_000],
)  # fmt: skip
def test_a_broken_baseline_is_a_usage_error(project: Project, qp: Command, tmp_path: Path, text: str) -> None:
    project(a_yaml="x: BAD\n")
    (tmp_path / "known.findings").write_text(text, encoding="utf-8")
    result = qp(*USE)
    assert result.exit_code == 2
    assert "known.findings: " in result.output
