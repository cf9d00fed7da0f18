"""The hooks under pre-commit itself, which chooses the files, slices long lists and reads exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

HOOKS = yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
SOUND = '{"zero_optimization": {"stage": 2}, "fp16": {"enabled": "auto"}}\n'
BROKEN = SOUND.replace("2", "3")
FILES = {
    "configs/ds.json": SOUND,
    "train.yaml": (
        "model_name_or_path: TheBloke/Llama-2-7B-GPTQ\nstage: sft\ndo_train: true\nfinetuning_type: lora\n"
        "dataset: alpaca\ntemplate: llama2\noutput_dir: out\ndeepspeed: configs/ds.json\n"
    ),
    "run.sh": "FORCE_TORCHRUN=1 NPROC_PER_NODE=4 llamafactory-cli train train.yaml\n",
    "requirements.txt": "llamafactory==0.9.5\n",
    "other/ds.json": SOUND,
    "notes.md": "notes\n",
}

Commit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def commit(tmp_path: Path) -> Commit:
    """Change files of a repository with a sound project and run pre-commit on what is staged, as `git commit` would."""
    root, bin = tmp_path / "repository", tmp_path / "bin"
    bin.mkdir()
    command = bin / "qp-lint"
    command.write_text(f'#!/bin/sh\necho "called with $# arguments"\nexec "{sys.executable}" -m qp_lint "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
        "PATH": f"{bin}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }

    def call(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=root, env=env, capture_output=True, text=True, check=check)

    def commit(hook: str, files: dict[str, str], **changes: object) -> subprocess.CompletedProcess[str]:
        chosen = next(dict(entry) for entry in HOOKS if entry["id"] == hook)
        chosen |= {"language": "system", "verbose": True, **changes}
        (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [chosen]}]}))
        write(root, files)
        call("git", "add", "-A")
        return call(sys.executable, "-m", "pre_commit", "run", "--color=never", check=False)

    write(root, FILES)
    call("git", "init", "-q")
    call("git", "add", "-A")
    call("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "start")
    return commit


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_the_manifest_is_valid() -> None:
    manifest = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)], check=True)


@pytest.mark.parametrize(("hook", "arguments"), [("qp-lint", 3), ("qp-lint-all", 1)])
def test_a_changed_deepspeed_configuration_is_judged_in_its_run(commit: Commit, hook: str, arguments: int) -> None:
    done = commit(hook, {"configs/ds.json": BROKEN})
    assert done.returncode == 1
    assert "error[QP101]" in done.stdout
    assert "run.sh" in done.stdout
    assert f"called with {arguments} arguments" in done.stdout  # `check`, the configuration of pre-commit, the changed file


def test_findings_elsewhere_do_not_stop_a_commit(commit: Commit) -> None:
    files = {"configs/ds.json": BROKEN, "other/ds.json": SOUND + "\n"}
    assert commit("qp-lint", files, exclude="^configs/").returncode == 0
    assert commit("qp-lint-all", files).returncode == 1


def test_sound_changes_pass(commit: Commit) -> None:
    done = commit("qp-lint", {"configs/ds.json": SOUND + "\n", "train.yaml": FILES["train.yaml"] + "# more\n"})
    assert (done.returncode, "Passed" in done.stdout) == (0, True)


def test_nothing_to_check_is_skipped(commit: Commit) -> None:
    done = commit("qp-lint", {"notes.md": "more\n"}, exclude="pre-commit-config")
    assert (done.returncode, "Skipped" in done.stdout) == (0, True)


def test_an_empty_list_is_the_whole_project(commit: Commit) -> None:
    done = commit("qp-lint", {"notes.md": "more\n"}, exclude=".", always_run=True)
    assert done.returncode == 0
    assert "called with 1 arguments" in done.stdout


def test_a_long_list_comes_in_slices_and_each_is_judged(commit: Commit) -> None:
    many = {f"data/{'x' * 150}/{'y' * 100}{number:04}.json": "{}\n" for number in range(600)}
    done = commit("qp-lint", {**many, "configs/ds.json": BROKEN})
    assert done.stdout.count("called with") > 1
    assert done.stdout.count("error[QP101]") == 1
    assert done.returncode == 1


def test_the_fixing_hook_changes_files_and_stops_the_commit(commit: Commit, tmp_path: Path) -> None:
    unused = "# qp-lint: ignore[QP101] no longer needed\n"
    done = commit("qp-lint-fix", {"train.yaml": unused + FILES["train.yaml"]})
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert (tmp_path / "repository" / "train.yaml").read_text(encoding="utf-8") == FILES["train.yaml"]
    assert commit("qp-lint-fix", {"notes.md": "more notes\n"}).returncode == 0
