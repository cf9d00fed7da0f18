"""The GitHub action, the GitLab job, the image and the examples of the guides."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.test_pipeline import PROJECT, written

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
SCHEMAS = {
    ".github/workflows/qp-lint.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines",
}


def examples() -> list[tuple[str, str]]:
    """(file name, text) of the YAML files that the guides and the README show."""
    texts = [path.read_text(encoding="utf-8") for path in (*GUIDES, ROOT / "README.md")]
    return [(name, block) for text in texts for block, name in re.findall(r"```yaml\n(# (\S+)\n.*?)```", text, re.S)]


def fits(file: Path, schema: str) -> None:
    # patterns as JavaScript reads them without its u flag: Azure's schema has some that the flag forbids
    words = ("--regex-variant", "nonunicode", "--builtin-schema", schema, str(file))
    command = [sys.executable, "-m", "check_jsonschema", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("file", "schema"), [("action.yml", "github-actions"), ("integrations/gitlab-ci.yml", "gitlab-ci")])
def test_definitions_fit_their_schemas(file: str, schema: str) -> None:
    fits(ROOT / file, f"vendor.{schema}")


@pytest.mark.parametrize(("name", "text"), examples(), ids=lambda part: part.split("\n")[0])
def test_examples_of_the_guides_fit_their_schemas(name: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / Path(name).name
    file.write_text(text, encoding="utf-8")
    if name in SCHEMAS:
        fits(file, SCHEMAS[name])
    elif name == ".pre-commit-config.yaml":
        subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", str(file)], check=True)
    else:
        pytest.fail(f"no schema for {name}")


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A repository with a run that cannot work, and a virtual environment that is already there."""
    root = written(tmp_path / "repository" / "jobs", {**PROJECT, "with space/a.yaml": "a: 1\n"})
    (root.parent / ".git").mkdir()
    venv = tmp_path / "temp" / "qp-lint-venv" / "bin"
    venv.mkdir(parents=True)
    python = venv / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return root


def act(job: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """Run the action's step as the runner would, and read its outputs."""
    action: Any = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (step,) = action["runs"]["steps"]
    given = {name: str(entry.get("default", "")) for name, entry in action["inputs"].items()} | inputs
    env = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], value) for name, value in step["env"].items()
    }
    temp = job.parents[1] / "temp"
    for name in ("output", "summary"):
        (temp / name).write_text("", encoding="utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=job,
        env={
            **os.environ,
            **env,
            "GITHUB_ACTION_PATH": str(ROOT),
            "RUNNER_TEMP": str(temp),
            "GITHUB_OUTPUT": str(temp / "output"),
            "GITHUB_STEP_SUMMARY": str(temp / "summary"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in (temp / "output").read_text(encoding="utf-8").splitlines())
    return done, outputs


def test_the_action_annotates_and_fails(job: Path) -> None:
    done, outputs = act(job)
    assert (done.returncode, outputs, done.stderr) == (1, {"exit-code": "1"}, "")
    assert "::error title=QP101 ptq-checkpoint-sharded,file=jobs/configs/ds_z3.json,line=1," in done.stdout
    assert re.search(r"::stop-commands::(\d+)\nerror\[QP101\](?s:.)*\n::\1::\n", done.stdout)
    assert "error[QP101]" in (job.parents[1] / "temp" / "summary").read_text(encoding="utf-8")


def test_the_actions_inputs(job: Path) -> None:
    inputs = {"sarif-file": "out/qp lint.sarif", "fail-on": "never", "paths": "train.yaml\nwith space/a.yaml\n"}
    done, outputs = act(job, **inputs, args="--target=llamafactory==0.9.4\n")
    assert done.returncode == 0
    assert outputs == {"exit-code": "0", "sarif-file": str(job / "out" / "qp lint.sarif")}
    (result,) = json.loads(Path(outputs["sarif-file"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert result["properties"]["versions"] == ["llamafactory==0.9.4 (--target)"]
    done, outputs = act(job, **{"fail-on": "$(exit 3)"}, **{"sarif-file": "out/qp lint.sarif"})
    assert (done.returncode, outputs) == (2, {"exit-code": "2"})  # an input is never code, and an old report not a new one
    (job / "known.json").write_text('{"version": 1, "findings": []}', encoding="utf-8")
    assert act(job, baseline="known.json")[0].returncode == 1


def test_the_gitlab_job_writes_its_report(job: Path, tmp_path: Path) -> None:
    definition = yaml.safe_load((ROOT / "integrations" / "gitlab-ci.yml").read_text(encoding="utf-8"))["qp-lint"]
    (command,) = definition["script"]
    program = tmp_path / "qp-lint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m qp_lint "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    line = command.replace("/tmp/qp-lint/bin/qp-lint", f'"{program}"')
    env = {**os.environ, **definition["variables"], "QP_LINT_ARGS": "--severity error"}
    done = subprocess.run(["sh", "-ec", line], cwd=job, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    report = job / definition["artifacts"]["reports"]["codequality"]
    assert [issue["check_name"] for issue in json.loads(report.read_text(encoding="utf-8"))] == ["ptq-checkpoint-sharded"]


def test_the_image_has_no_root_and_what_it_copies_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last = lines[max(index for index, line in enumerate(lines) if line.startswith("FROM ")) :]
    (user,) = (line for line in last if line.startswith("USER "))
    assert re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", user)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = {name for line in lines if re.match(r"COPY (?!--from)", line) for name in line.split()[1:-1]}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    "text", [block for path in GUIDES for block in re.findall(r"```bash\n(.*?)```", path.read_text("utf-8"), re.S)]
)
def test_shell_recipes_are_shell(text: str) -> None:
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
