"""What a user of `qp-lint` sees: output, exit codes, selection, configuration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Project = Callable[..., Path]
Command = Callable[..., Result]


def test_check_is_the_default_command(project: Project, qp: Command) -> None:
    project(a_py="x = 'BAD'\n")
    one, two = qp("--output-format", "concise"), qp("check", ".", "--output-format", "concise")
    assert one.output == two.output == "a.py:1:6: error[QP101] BAD is here\nFound 1 error in 2 files (2 runs).\n"
    assert one.exit_code == two.exit_code == 1


def test_a_file_named_like_a_command_is_given_with_a_folder(project: Project, qp: Command) -> None:
    project(check__a_py="BAD", b_py="BAD")
    assert "check/a.py:1:1" in qp("./check", "--output-format", "concise").output
    assert "b.py" not in qp("./check", "--output-format", "concise").output


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        ("fine", [], 0),
        ("BAD", [], 1),
        ("ODD", [], 0),
        ("ODD", ["--fail-on", "warning"], 1),
        ("BAD", ["--fail-on", "never"], 0),
        ("BAD", ["--exit-zero"], 0),
        ("BAD", ["--ignore", "QP101"], 0),
        ("BAD", ["--select", "QP102"], 0),
        ("BAD ODD", ["--select", "odd-thing", "--fail-on", "warning"], 1),
        ("ODD", ["--fail-on", "warning", "--severity", "error"], 0),
        ("BAD", ["--select", "QP777"], 2),
        ("BAD", ["--no-such-option"], 2),
        ("BAD", ["no-such-file.py"], 2),
        ("BAD", ["--output-format", "xml"], 2),
        ("BAD", ["--target", "transformers"], 2),
        ("BAD", ["--isolated", "--config", "pyproject.toml"], 2),
        ("BAD", ["--stdin-filename", "a.py"], 2),
    ],
)
def test_exit_codes(project: Project, qp: Command, text: str, arguments: list[str], code: int) -> None:
    project(a_yaml=text)
    assert qp(*arguments).exit_code == code


def test_usage_errors_help(project: Project, qp: Command) -> None:
    project()
    assert "did you mean 'QP101'?" in qp("--select", "QP1O1").output
    assert "did you mean 'json'?" in qp("--output-format", "jsno").output
    assert "--selct" in qp("--selct", "QP1").output


def test_severity_hides_what_is_lower(project: Project, qp: Command) -> None:
    project(a_yaml="BAD ODD")
    assert qp("--severity", "error", "--output-format", "concise", "-q").output == "a.yaml:1:1: error[QP101] BAD is here\n"


def test_a_file_limits_the_report(project: Project, qp: Command) -> None:
    project(a_yaml="BAD", sub__b_yaml="BAD", sub__c_yaml="BAD")
    assert qp("sub/b.yaml", "-q", "--output-format", "concise").output == "sub/b.yaml:1:1: error[QP101] BAD is here\n"
    assert len(qp("sub", "-q", "--output-format", "concise").output.splitlines()) == 2


def test_output_files(project: Project, qp: Command) -> None:
    root = project(a_yaml="BAD")
    result = qp("--output-file", "out/report.txt", "--output-format", "concise", "-q", "--color", "auto")
    assert result.output == ""
    assert (root / "out" / "report.txt").read_text(encoding="utf-8") == "a.yaml:1:1: error[QP101] BAD is here\n"
    result = qp("--output-format", "json=r.json", "--output-format", "concise", "-q")
    assert result.output.startswith("a.yaml:1:1")
    assert json.loads((root / "r.json").read_text(encoding="utf-8"))["diagnostics"][0]["code"] == "QP101"
    assert qp("--output-format", "json", "--output-format", "concise").exit_code == 2
    assert qp("--output-format", "json=a", "--output-file", "b").exit_code == 2
    assert qp("--output-file", ".").exit_code == 2


def test_standard_input(project: Project, qp: Command) -> None:
    project(a_yaml="fine")
    result = qp("-", "--stdin-filename", "a.yaml", "--output-format", "concise", "-q", input="x: BAD\n")
    assert (result.output, result.exit_code) == ("a.yaml:1:4: error[QP101] BAD is here\n", 1)
    assert "needs --stdin-filename" in qp("-", input="x").output
    assert "together with other paths" in qp("-", "a.yaml", "--stdin-filename", "b.yaml", input="x").output
    assert "standard input: not UTF-8" in qp("-", "--stdin-filename", "a.yaml", input=b"\xff").output


def test_configuration_file(project: Project, qp: Command) -> None:
    root = project(a_yaml="BAD ODD", old__b_yaml="BAD", pyproject_toml="[tool.qp-lint]\nignore=['QP101']\nfail-on='warning'\n")
    assert qp("-q", "--output-format", "concise").output == "a.yaml:1:5: warning[QP102] ODD is here\n"
    assert qp("-q").exit_code == 1
    assert "QP101" in qp("--isolated").output
    other = root / "other.toml"
    other.write_text("exclude = ['old']\n[severity]\nQP102 = 'off'\n", encoding="utf-8")
    assert qp("-q", "--output-format", "concise", "--config", "other.toml").output == "a.yaml:1:1: error[QP101] BAD is here\n"
    other.write_text("slect = []", encoding="utf-8")
    result = qp("--config", "other.toml")
    assert result.exit_code == 2
    assert "unknown key `slect`; did you mean 'select'?" in result.output


def test_suppression_and_statistics(project: Project, qp: Command) -> None:
    project(a_yaml="x: BAD # qp-lint: ignore[QP101] known\n", b_yaml="BAD", c_yaml="a: 1 # qp-lint: ignore[QP101]\n")
    result = qp("--output-format", "concise")
    assert result.output == (
        "b.yaml:1:1: error[QP101] BAD is here\n"
        "c.yaml:1:24: warning[QP001] this comment hides nothing: QP101 reports nothing here\n"
        "Found 1 error, 1 warning in 4 files (4 runs). 1 fixable with --fix. 1 finding suppressed.\n"
    )
    assert qp("--statistics", "-q").output == (
        "reported  suppressed  code  name\n       1           1  QP101  bad-thing\n       1           0  QP001  unused-ignore\n"
    )


def test_notes_are_reported(project: Project, qp: Command) -> None:
    root = project()
    (root / "a.yaml").write_bytes(b"a: \xe9\n")
    result = qp("-q", "--output-format", "concise")
    assert result.output == "a.yaml:1:1: warning[QP903] not UTF-8: byte 0xe9 on line 1\n"
    assert result.exit_code == 0
    assert qp("-q", "--ignore", "QP903").output == ""
    assert qp("-q", "--fail-on", "warning").exit_code == 1


def test_show_files(project: Project, qp: Command) -> None:
    project(a_yaml="BAD", old__b_yaml="", pyproject_toml="[tool.qp-lint]\nexclude=['/old/']\n")
    assert qp("--show-files").output == "a.yaml\npyproject.toml\n"
    assert json.loads(qp("--show-files", "--output-format", "json").output) == ["a.yaml", "pyproject.toml"]


def test_documents_and_launch_files_are_listed(project: Project, qp: Command) -> None:
    folder = project(a_py="x")
    for name in ("README.md", "Makefile", "justfile", "train.yaml.j2", "Dockerfile.gpu"):
        (folder / name).write_text("x\n", encoding="utf-8")
    shown = qp("--show-files").output.split()
    assert {"Makefile", "justfile", "train.yaml.j2", "Dockerfile.gpu"} <= set(shown)
    assert "README.md" not in shown
    assert "README.md" in qp("--show-files", "--include-docs").output.split()


def test_show_settings(project: Project, qp: Command) -> None:
    root = project(pyproject_toml="[tool.qp-lint]\nignore=['QP101']\nseverity={QP102='info'}\ntarget-versions={torch='2.5'}\n")
    text = qp("--show-settings").output
    assert f'config = "{root}/pyproject.toml"' in text
    assert 'target-versions = {"torch" = "==2.5"}' in text
    assert "QP101  bad-thing: off\nQP102  odd-thing: on, info\n" in text
    shown = json.loads(qp("--show-settings", "--output-format", "json", "--select", "QP101").output)
    assert shown["select"] == ["QP101"]
    assert shown["rules"]["QP101"] == {"name": "bad-thing", "enabled": True}
    assert shown["rules"]["QP102"]["enabled"] is False


def test_show_runs(project: Project, qp: Command) -> None:
    project(pyproject_toml="x = 1")
    assert qp("--show-runs").output.splitlines()[:4] == [
        "run 1: pyproject.toml",
        "  at: pyproject.toml:1:1",
        "  setting              value  written as  from",
        "  parallel.zero.stage  3      stage       pyproject.toml:1:1",
    ]
    (run,) = json.loads(qp("--show-runs", "--output-format", "json").output)
    assert run["settings"]["parallel.zero.stage"]["values"] == [3]


def test_verbose_says_what_was_assumed(project: Project, qp: Command) -> None:
    root = project()
    result = qp("-v")
    assert f"project root: {root}\nconfiguration: none\n" in result.stderr
    assert "processor time" in result.stderr
    assert result.stdout == "All checks passed: 1 file, 1 run.\n"


def test_colour(project: Project, qp: Command) -> None:
    project(a_yaml="BAD")
    assert "\x1b[1;31merror[QP101]" in qp("--color", "always").output
    assert "\x1b" not in qp().output
