"""Which packages are installed where a command runs: by metadata, whatever environment qp-lint is in itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qp_lint.requirements.installed import installed

Environment = Callable[..., Path]


def packages(folder: Path, **versions: str) -> None:
    for name, version in versions.items():
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Make a virtual environment with these packages and a console script of each."""
    monkeypatch.chdir(tmp_path)

    def make(name: str, *, shebang: str = "#!{python}", **versions: str) -> Path:
        folder = tmp_path / name
        (folder / "bin").mkdir(parents=True)
        (folder / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).parent}\ninclude-system-site-packages = false\n")
        python = folder / "bin" / "python3"
        python.symlink_to(os.path.realpath(sys.executable))
        packages(folder / "lib" / "python3.11" / "site-packages", **versions)
        for package in versions:
            script = folder / "bin" / package
            script.write_text(shebang.format(python=python) + "\nprint()\n", encoding="utf-8")
            script.chmod(0o755)
        return folder

    return make


def found(command: str, folder: Path, **env: str) -> dict[str, str]:
    """What is installed for a command when a folder's programs come first."""
    given = installed(command.split(), {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", **env})
    return {package: admitted.specifier for package, admitted in given.items()}


@pytest.mark.parametrize(
    "command", ["accelerate launch train.py", "python3 train.py", "env A=1 accelerate launch x.py", "srun -n 2 python3 train.py"]
)
def test_the_interpreter_of_a_command(environment: Environment, command: str) -> None:
    folder = environment("venv", accelerate="1.10.0", torch="2.7.1+cu126", unknown="1.0")
    assert found(command, folder) == {"accelerate": "==1.10.0", "torch": "==2.7.1"}


@pytest.mark.parametrize(
    "shebang",
    ["#! {python} -E", "#!/usr/bin/env python3", "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''"],
)
def test_shebangs_of_console_scripts(environment: Environment, shebang: str) -> None:
    folder = environment("venv", shebang=shebang, accelerate="1.10.0")
    assert found("accelerate launch train.py", folder) == {"accelerate": "==1.10.0"}


@pytest.mark.parametrize(
    "command",
    ["docker run image accelerate launch x.py", "conda run -n other accelerate launch x.py", "bash run.sh accelerate", "./run.sh",
     "srun --container-image=x accelerate launch x.py", "nothing-of-the-kind"],
)  # fmt: skip
def test_nothing_is_known_behind_what_changes_the_environment(environment: Environment, command: str) -> None:
    assert found(command, environment("venv", accelerate="1.10.0")) == {}


def test_uv_runs_in_the_environment_of_the_project(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    other, own = environment("other", accelerate="1.10.0"), environment(".venv", accelerate="1.11.0")
    (own / "bin" / "python").symlink_to("python3")
    (own.parent / "sub").mkdir()
    monkeypatch.chdir(own.parent / "sub")
    assert found("uv run accelerate launch x.py", other) == {"accelerate": "==1.11.0"}


def test_pythonpath_comes_first_and_broken_metadata_says_nothing(environment: Environment, tmp_path: Path) -> None:
    folder = environment("venv", accelerate="1.10.0", torch="2.7.1")
    packages(tmp_path / "first", accelerate="0.34.0", peft="nonsense")
    (folder / "lib" / "python3.11" / "site-packages" / "torch-2.7.1.dist-info" / "METADATA").write_bytes(b"\xff")
    assert found("python3 x.py", folder, PYTHONPATH=str(tmp_path / "first")) == {"accelerate": "==0.34.0"}
