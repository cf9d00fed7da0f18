"""`qp-lint launch` as a process: it judges one command, then is that command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.test_pipeline import PROJECT, written

Launch = Callable[..., "subprocess.CompletedProcess[str]"]
BROKEN = ("llamafactory-cli", "train", "train.yaml")
FAKE = """\
#!{python}
import os, sys
print(os.getpid(), sys.argv[1:], sys.stdin.read())
sys.exit(int(os.environ.get("CODE", "0")))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project whose train.yaml is refused under ZeRO-3, and a trainer that only says how it was called."""
    root = written(tmp_path / "project", {**PROJECT, "pyproject.toml": ""})
    command = written(tmp_path / "bin", {"llamafactory-cli": FAKE.format(python=sys.executable)}) / "llamafactory-cli"
    command.chmod(0o755)
    return root


@pytest.fixture
def launch(place: Path) -> Launch:
    def launch(*words: str, input: str = "", cwd: Path = place, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "qp_lint", "launch", *words],
            cwd=cwd,
            env={**os.environ, "PATH": f"{place.parent / 'bin'}:{os.environ['PATH']}", "FORCE_TORCHRUN": "1", **env},
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )

    return launch


def test_what_cannot_work_is_not_launched(launch: Launch) -> None:
    done = launch("--", *BROKEN)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error[QP101]" in done.stderr
    assert "command line:1:1" in done.stderr
    assert "--force" in done.stderr


def test_a_sound_command_is_launched_without_a_word(launch: Launch, place: Path) -> None:
    (place / "configs" / "ds_z3.json").write_text('{"zero_optimization": {"stage": 2}}', encoding="utf-8")
    done = launch("--", *BROKEN, "output_dir=a b", input="typed", CODE="7")
    assert done.returncode == 7
    assert done.stdout.partition(" ")[2] == "['train', 'train.yaml', 'output_dir=a b'] typed\n"
    assert done.stderr == ""


def test_a_shell_script_runs_with_its_words_and_variables(launch: Launch, place: Path) -> None:
    (place / "run.sh").write_text('llamafactory-cli train ${FILE:-$1}.yaml "${@:2}"\n', encoding="utf-8")
    check = ("--check", "--output-format", "concise", "--", "bash", "run.sh")
    assert launch(*check, "train").stdout.startswith("configs/ds_z3.json:1:")
    assert launch(*check, "other").returncode == 0
    assert launch(*check, "other", FILE="train").stdout.startswith("configs/ds_z3.json:1:")


def test_force_launches_and_check_never_does(launch: Launch) -> None:
    forced = launch("--force", "--", *BROKEN)
    assert forced.returncode == 0
    assert "error[QP101]" in forced.stderr
    assert "['train', 'train.yaml']" in forced.stdout
    checked = launch("--check", "--output-format", "concise", "--", *BROKEN)
    assert checked.returncode == 1
    assert checked.stdout.startswith("configs/ds_z3.json:1:")
    assert launch("--check", "--fail-on", "never", "--", *BROKEN).returncode == 0


def test_the_separator_may_be_left_out(launch: Launch) -> None:
    assert launch("--check", *BROKEN).returncode == 1
    assert launch().returncode == 2


def test_only_this_command_in_this_folder_and_environment_counts(launch: Launch, place: Path) -> None:
    (place / "ok.yaml").write_text(PROJECT["train.yaml"].replace("deepspeed", "#"), encoding="utf-8")
    assert launch("--check", "--", "llamafactory-cli", "train", "ok.yaml").returncode == 0
    sub = written(place / "sub", {"train.yaml": (place / "ok.yaml").read_text(encoding="utf-8")})
    assert launch("--check", "--", *BROKEN, cwd=sub).returncode == 0
    assert launch("--check", "--", "bash", "run.sh").returncode == 1
    assert launch("--check", "--", "bash", "../run.sh", cwd=sub).returncode == 0
    assert launch("--check", "--", "env", "A=1", *BROKEN, "deepspeed=null").returncode == 0


def test_what_is_not_known_is_launched_unchecked(launch: Launch) -> None:
    done = launch("--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--check", "--", "-q")
    assert (done.returncode, done.stdout) == (0, "['--check', '--', '-q']\n")
    assert "no training run is known in this command" in done.stderr
    assert launch("-q", "--", sys.executable, "-c", "print('ran')").stderr == ""


def test_programs_that_cannot_be_started(launch: Launch, place: Path) -> None:
    assert launch("-q", "--", "no-such-program").returncode == 127
    (place / "plain").write_text("", encoding="utf-8")
    assert launch("-q", "--", "./plain").returncode == 126


def test_installed_versions_count(launch: Launch, place: Path) -> None:
    info = place / "packages" / "llamafactory-0.9.4.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: llamafactory\nVersion: 0.9.4\n", encoding="utf-8")
    done = launch("--check", "--", *BROKEN, PYTHONPATH=f"{place / 'packages'}:{os.environ.get('PYTHONPATH', '')}")
    assert "llamafactory==0.9.4 (installed)" in done.stdout
    given = launch("--check", "--target", "llamafactory==0.9.3", "--", *BROKEN)
    assert "llamafactory==0.9.3 (--target)" in given.stdout


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_the_command_is_this_process_with_its_signals(place: Path) -> None:
    script = "trap 'echo caught; exit 3' TERM; echo $$; grep SigIgn /proc/self/status; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [sys.executable, "-m", "qp_lint", "launch", "-q", "--", "sh", "-c", script],
        cwd=place, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        ignored = int(process.stdout.readline().split()[1], 16)
        assert not ignored & 1 << signal.SIGPIPE - 1
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "caught\n"
    assert process.returncode == 3


def test_a_mistake_of_qp_lint_stops_nobody(launch: Launch, place: Path) -> None:
    broken = written(place.parent / "broken", {"sitecustomize.py": "import qp_lint.pipeline as c\nc.check_command = None\n"})
    env = {"PYTHONPATH": f"{broken}:{os.environ.get('PYTHONPATH', '')}"}
    done = launch("--", *BROKEN, **env)
    assert done.returncode == 0
    assert "internal error" in done.stderr
    assert "['train', 'train.yaml']" in done.stdout
    assert launch("--check", "--", *BROKEN, **env).returncode == 2
