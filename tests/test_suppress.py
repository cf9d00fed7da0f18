"""Ignore comments: what they hide, and what is said about those that hide nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from qp_lint.config import Config
from qp_lint.diagnostics import Finding, Severity
from qp_lint.policy import policy
from qp_lint.project import Project
from qp_lint.selectors import catalogue
from qp_lint.suppress import suppress

CATALOGUE = catalogue((("QP101", "ptq-checkpoint-sharded"), ("QP102", "ptq-plain-zero3"), ("QP201", "bnb-storage-dtype")))


class Outcome:
    """What became of findings of QP101 at each `@` of a file (the mark itself is removed)."""

    def __init__(self, tmp_path: Path, name: str, text: str, **config: object) -> None:
        plain = text.replace("@", "")
        (tmp_path / name).write_bytes(plain.encode())
        project = Project(tmp_path, (name,))
        source = project.source(name)
        assert source is not None
        findings = []
        for part in range(1, text.count("@") + 1):
            start = len("".join(text.split("@")[:part]))
            end = plain.find(";", start) if ";" in plain[start:] else start + 1
            findings.append(Finding("QP101", "ptq-checkpoint-sharded", Severity.ERROR, "m", source.span(start, end)))
        kept, hidden = suppress(project, findings, policy(Config(**config), CATALOGUE, tmp_path))  # type: ignore[arg-type]
        self.kept = [finding.code for finding in kept if finding.code == "QP101"]
        self.reasons = [finding.suppressed for finding in hidden]
        self.own = [(finding.code, finding.message, finding.span.text) for finding in kept if finding.code != "QP101"]


@pytest.mark.parametrize(
    "comment",
    [
        "# qp-lint: ignore[QP101] known",
        "#qp-lint:ignore[QP101]known",
        "# qp-lint: ignore[ptq-checkpoint-sharded] - known",
        "# qp-lint: ignore[QP1]: known",
        "# qp-lint: ignore known",
        "# noqa: E501  # qp-lint: ignore[QP101] known  # pragma: no cover",
        "# qp-lint: ignore-file[QP101] known",
        "# qp-lint: ignore-file known",
    ],
)
@pytest.mark.parametrize("name", ["a.py", "a.yaml", "a.toml", "a.sh", "requirements.txt"])
def test_a_comment_on_the_line_hides_the_finding(tmp_path: Path, name: str, comment: str) -> None:
    text = {"a.yaml": "a: @3 ", "requirements.txt": "@torch==2.5 "}.get(name, "a=@3 ")
    found = Outcome(tmp_path, name, f"{text}{comment}\n")
    assert (found.kept, found.reasons, found.own) == ([], ["known"], [])


def test_the_comment_above_counts_and_other_lines_do_not(tmp_path: Path) -> None:
    comment = "# qp-lint: ignore[QP101]"
    assert Outcome(tmp_path, "a.py", f"x = 1\n{comment}\n@y = 2\n").reasons == ["ignored by the comment on line 2"]
    assert Outcome(tmp_path, "a.py", f"{comment} verified by hand\n# in May\n@y = 2\n").reasons == ["verified by hand"]
    assert Outcome(tmp_path, "a.py", f"{comment}\n\n@y = 2\n").kept == ["QP101"]
    assert Outcome(tmp_path, "a.py", f"x = 1 {comment}\n@y = 2\n").kept == ["QP101"]
    assert Outcome(tmp_path, "a.py", f"@y = 2\n{comment}\n").kept == ["QP101"]


def test_any_line_of_the_primary_place_counts(tmp_path: Path) -> None:
    text = "m = @load(\n    a,  # qp-lint: ignore[QP101]\n    b,\n);\n"
    assert Outcome(tmp_path, "a.py", text).kept == []


def test_a_continued_command_is_one_line(tmp_path: Path) -> None:
    command = "accelerate launch \\\n  --x @y \\\n  train.py"
    assert Outcome(tmp_path, "a.sh", f"# qp-lint: ignore[QP101]\n{command}\n").kept == []
    assert Outcome(tmp_path, "a.sh", f"{command} # qp-lint: ignore[QP101]\n").kept == []
    assert Outcome(tmp_path, "a.sh", f"{command}\necho # qp-lint: ignore[QP101]\n").kept == ["QP101"]


def test_other_rules_are_not_hidden(tmp_path: Path) -> None:
    found = Outcome(tmp_path, "a.py", "@x = 1  # qp-lint: ignore[QP201]\n")
    assert found.kept == ["QP101"]
    assert found.own == [("QP001", "this comment hides nothing: QP201 reports nothing here", "QP201")]


@pytest.mark.parametrize(
    "text",
    [
        "@x = '# qp-lint: ignore[QP101]'\n",
        "# see qp-lint: ignore[QP101]\nx = 1\n@y = 1\n",
        "# qp-lint: ignored for now\n@y = 1\n",
        "# qp-lint: ignore-files\n@y = 1\n",
        "# qp-lint: ignore[QP101\n@y = 1\n",
        "# qp-lint: disable[QP101]\n@y = 1\n",
    ],
)
def test_what_is_no_directive(tmp_path: Path, text: str) -> None:
    found = Outcome(tmp_path, "a.py", text)
    assert found.kept == ["QP101"]
    assert found.own == []


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("ignore", ("QP001", "this comment hides nothing: no rule reports anything here", "# qp-lint: ignore")),
        ("ignore-file", ("QP001", "this comment hides nothing: no rule reports anything in this file", "# qp-lint: ignore-file")),
        ("ignore[]", ("QP001", "this comment hides nothing: it names no rule", "# qp-lint: ignore[]")),
        ("ignore[QP101] why", ("QP001", "this comment hides nothing: QP101 reports nothing here", "QP101")),
        ("ignore[QP1O1]", ("QP002", "there is no rule 'QP1O1' to ignore; did you mean 'QP101'?", "QP1O1")),
    ],
)
def test_comments_that_hide_nothing(tmp_path: Path, comment: str, expected: tuple[str, str, str]) -> None:
    assert Outcome(tmp_path, "a.py", f"x = 1  # qp-lint: {comment}\n").own == [expected]


def test_half_used_comment(tmp_path: Path) -> None:
    found = Outcome(tmp_path, "a.py", "x = @1  # qp-lint: ignore[QP101, QP102]\n")
    assert found.kept == []
    assert [message for _, message, _ in found.own] == ["this comment hides nothing: QP102 reports nothing here"]


def test_unused_is_not_claimed_for_rules_that_are_off(tmp_path: Path) -> None:
    text = "x = 1  # qp-lint: ignore[QP101]\ny = 1  # qp-lint: ignore\n"
    assert Outcome(tmp_path, "a.py", text, ignore=("QP101",)).own == []
    assert Outcome(tmp_path, "a.py", text, ignore=("QP001",)).own == []


def test_unused_ignore_can_itself_be_ignored(tmp_path: Path) -> None:
    assert Outcome(tmp_path, "a.py", "x = 1  # qp-lint: ignore[QP101, QP001]\n").own == []
    assert Outcome(tmp_path, "a.py", "# qp-lint: ignore-file[QP001]\nx = 1  # qp-lint: ignore[QP101]\n").own == []


def test_rules_that_are_off_are_neither_kept_nor_hidden(tmp_path: Path) -> None:
    found = Outcome(tmp_path, "a.py", "@x = 1\n", ignore=("QP101",))
    assert (found.kept, found.reasons) == ([], [])


def test_nothing_is_claimed_about_a_file_that_does_not_parse(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = (  # qp-lint: ignore\n", encoding="utf-8")
    project = Project(tmp_path, ("a.py",))
    project.note("QP902", "does not parse", "a.py")
    assert suppress(project, [], policy(Config(), CATALOGUE, tmp_path)) == ([], [])


def test_per_file_ignores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = Outcome(tmp_path, "a.json", '{"a": @1}', per_file_ignores=(("*.json", ("QP101",)),))
    assert found.reasons == ["per-file-ignores: *.json"]


def test_json_has_no_comments(tmp_path: Path) -> None:
    assert Outcome(tmp_path, "a.json", '{"a": @1} // # qp-lint: ignore[QP101]').kept == ["QP101"]
