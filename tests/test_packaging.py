"""What users get: the wheel, the pre-commit hooks, and commands in the README that are the ones CI runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree, unpacked; built without network."""
    place = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, str(place)], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(place / done.stdout.split()[-1]) as archive:
        archive.extractall(place / "unpacked")
    return place / "unpacked"


def installed(wheel: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the unpacked wheel, and nothing of the source tree, in another folder."""
    return subprocess.run(
        [sys.executable, "-m", "qp_lint", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(wheel), "QP_LINT_CACHE_DIR": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_every_rule_and_data_file(wheel: Path) -> None:
    source = ROOT / "src" / "qp_lint"
    data = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and path.suffix not in (".pyc",)}
    rules = {Path("rules/data") / path.relative_to(ROOT / "rules") for path in (ROOT / "rules").rglob("*.yaml")}
    packed = {path.relative_to(wheel / "qp_lint") for path in (wheel / "qp_lint").rglob("*") if path.is_file()}
    assert packed == data | rules
    assert Path("py.typed") in packed
    assert next(wheel.glob("*.dist-info/licenses/LICENSE")).is_file()


def test_the_wheel_works_without_the_source_tree(wheel: Path, tmp_path: Path) -> None:
    version = installed(wheel, tmp_path, "--version")
    assert re.fullmatch(r"qp-lint \d+\.\d+\.\d+\S*\n", version.stdout)
    example = ROOT / "examples" / "llamafactory-gptq-zero3"
    done = installed(wheel, tmp_path, str(example / "broken"), "--isolated", "--output-format", "concise")
    assert (done.returncode, done.stderr) == (1, "")
    assert "error[" in done.stdout
    assert installed(wheel, tmp_path, str(example / "fixed"), "--isolated", "-q").stdout == ""


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize(
    "name",
    [
        *("a.py", "nb.ipynb", "a.yml", "b/c.yaml", "ds.json", "pyproject.toml", "x.sh", "x.slurm", "x.sbatch"),
        *("Makefile", "gpu.mk", "justfile", "Dockerfile", "docker/train.Dockerfile", "Dockerfile.gpu", "train.yaml.j2", ".env"),
    ],
)
def test_hooks_are_triggered_by_what_runs_are_made_of(hook: dict[str, str], name: str) -> None:
    assert re.search(hook["files"], name)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_are_serial_and_start_the_command(hook: dict[str, object]) -> None:
    assert hook["require_serial"] is True
    assert str(hook["entry"]).split()[0] == "qp-lint"
    assert re.search(str(hook["files"]), "requirements-dev.txt")
    assert not re.search(str(hook["files"]), "notes.txt")


def commands() -> list[str]:
    """The README's commands that make a virtual environment."""
    return re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)


def test_the_readme_has_one_command_to_try_it_and_one_to_test_it() -> None:
    lint, test = commands()
    assert lint.endswith(".venv/bin/qp-lint examples --exit-zero")
    assert test.endswith(".venv/bin/python -m pytest -n auto")


def test_ci_runs_the_command_of_the_readme() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert commands()[1] in [line.strip() for line in lines]
