"""Which configuration holds, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from qp_lint.config import Config, ConfigError, find, load, merged, target


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_nearest_file_wins(tmp_path: Path) -> None:
    outer = write(tmp_path / "pyproject.toml", "[tool.qp-lint]\nselect = ['QP1']\n")
    write(tmp_path / "a" / "pyproject.toml", "[project]\nname = 'qp-lint-user'\n")  # has no table: does not count
    inner = write(tmp_path / "a" / "b" / "qp-lint.toml", "")
    write(tmp_path / "a" / "b" / "pyproject.toml", "[tool.qp-lint]\n")
    (tmp_path / "a" / "b" / "c").mkdir()
    assert find(tmp_path / "a") == outer
    assert find(tmp_path / "a" / "b" / "c") == inner


def test_every_key(tmp_path: Path) -> None:
    file = write(
        tmp_path / "qp-lint.toml",
        """
select = ["QP1", "ptq-checkpoint-sharded"]
extend-select = ["QP2"]
ignore = ["QP101"]
exclude = ["old/"]
extend-exclude = ["*.bak"]
fail-on = "warning"
respect-gitignore = false
[per-file-ignores]
"configs/*.json" = ["QP1"]
[severity]
QP102 = "info"
[target-versions]
Auto_GPTQ = "0.7.1"
transformers = ">=4.40,<5"
""",
    )
    assert load(file) == Config(
        file=file,
        files=(file,),
        select=("QP1", "ptq-checkpoint-sharded"),
        extend_select=("QP2",),
        ignore=("QP101",),
        per_file_ignores=(("configs/*.json", ("QP1",)),),
        exclude=("old/",),
        extend_exclude=("*.bak",),
        severity=(("QP102", "info"),),
        target_versions=(("auto-gptq", "==0.7.1"), ("transformers", ">=4.40,<5")),
        fail_on="warning",
        respect_gitignore=False,
    )


def test_extend_replaces_adds_and_merges(tmp_path: Path) -> None:
    write(
        tmp_path / "base.toml",
        "select = ['QP1']\nignore = ['QP101']\nextend-select = ['QP2']\nseverity = {QP1 = 'info', QP2 = 'info'}\n",
    )
    file = write(
        tmp_path / "sub" / "qp-lint.toml",
        "extend = '../base.toml'\nignore = ['QP102']\nextend-select = ['QP3']\nseverity = {QP2 = 'error'}\n",
    )
    config = load(file)
    assert config.select == ("QP1",)
    assert config.ignore == ("QP102",)
    assert config.extend_select == ("QP2", "QP3")
    assert dict(config.severity) == {"QP1": "info", "QP2": "error"}
    assert [path.name for path in config.files] == ["qp-lint.toml", "base.toml"]


def test_extend_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path / "a.toml", "extend = 'b.toml'")
    file = write(tmp_path / "b.toml", "extend = 'a.toml'")
    with pytest.raises(ConfigError, match="leads back to itself"):
        load(file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slect = []", "unknown key `slect`; did you mean 'select'?"),
        ("target_versions = {}", "unknown key `target_versions`; did you mean 'target-versions'?"),
        ("zzz = 1", "unknown key `zzz`"),
        ("select = 'QP1'", "`select` must be a list of strings"),
        ("ignore = [1]", "`ignore` must be a list of strings"),
        ("respect-gitignore = 1", "`respect-gitignore` must be true or false"),
        ("fail-on = 'eror'", "`fail-on`: 'eror' is none of error, warning, never; did you mean 'error'?"),
        ("severity = {QP1 = 'fatal'}", "`severity`: 'fatal' is none of error, warning, info, off"),
        ("severity = {QP1 = 3}", "`severity` must be a table; `QP1` in it has another type than it should"),
        ("per-file-ignores = []", "`per-file-ignores` must be a table"),
        ("target-versions = {torch = 'two'}", "`target-versions`: 'two' is neither a version nor a range such as '>=4.40,<5'"),
        ("extend = 3", "`extend` must be a string, the path of another configuration file"),
        ("extend = 'none.toml'", "cannot be read: No such file or directory"),
        ("a = ", "is not valid TOML"),
        ("a = " + "[" * 20000, "is not valid TOML"),
    ],
)
def test_wrong_configuration_names_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    file = write(tmp_path / "qp-lint.toml", text)
    with pytest.raises(ConfigError) as error:
        load(file)
    assert expected in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_not_utf8_and_wrong_table(tmp_path: Path) -> None:
    file = tmp_path / "qp-lint.toml"
    file.write_bytes(b"select = ['\xe9']")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(file)
    with pytest.raises(ConfigError, match="must be a table"):
        load(write(tmp_path / "pyproject.toml", "[tool]\nqp-lint = 3\n"))
    with pytest.raises(ConfigError, match=r"has no \[tool.qp-lint\] table"):
        load(write(tmp_path / "pyproject.toml", "[tool]\n"))


def test_command_line_over_file() -> None:
    config = Config(select=("QP1",), extend_select=("QP2",), ignore=("QP101",), target_versions=(("torch", "==2.5"),))
    assert merged(config) == config
    more = merged(config, extend_select=("QP3",), ignore=("QP102",), target_versions=(("torch", "==2.6"),), fail_on=None)
    assert (more.extend_select, more.ignore) == (("QP2", "QP3"), ("QP101", "QP102"))
    assert dict(more.target_versions) == {"torch": "==2.6"}
    afresh = merged(config, select=("QP101",), ignore=("QP9",), extend_select=())
    assert (afresh.select, afresh.extend_select, afresh.ignore) == (("QP101",), (), ("QP9",))


def test_targets() -> None:
    assert target("Auto_GPTQ==0.7.1") == ("auto-gptq", "==0.7.1")
    assert target("transformers>=4.40,<5") == ("transformers", "<5,>=4.40")
    for wrong in ("transformers", "transformers=4.1", "==4", "a[b]==1", "a @ http://x", ""):
        with pytest.raises(ValueError, match="is not PACKAGE==VERSION"):
            target(wrong)
