"""Shell texts inside shell scripts: functions of sourced files, scripts with arguments, `ssh`, tmux, batch jobs, loops."""

from __future__ import annotations

import pytest
from tests.parse.scripts import lines, only, parse, values

from qp_lint.parse.shell import Opener, Script, parse_shell
from qp_lint.text import Source
from qp_lint.tree import Loop

TRAIN = ["torchrun", "t.py"]


def project(text: str, **files: str) -> Script:
    """A script beside others, `name.sh` by name."""
    sources = {f"{name}.sh": Source(f"{name}.sh", body) for name, body in files.items()}

    def read(name: str, started: bool) -> tuple[Source, Opener] | None:
        found = sources.get(name.removeprefix("./"))
        return (found, read) if found is not None else None

    return parse_shell(Source("run.sh", text), read=read)


def launched(script: Script) -> list[list[object]]:
    return [values(command) for command in script.commands if command.words[0] and values(command)[0] == "torchrun"]


@pytest.mark.parametrize(
    "text",
    [
        'ssh node1 "torchrun t.py"',
        "ssh -o StrictHostKeyChecking=no -p 22 me@node1 torchrun t.py",
        "ssh node1 <<'EOF'\ncd project\ntorchrun t.py\nEOF",
        "ssh node1 bash -s <<EOF\ntorchrun t.py\nEOF",
        'for node in a b; do ssh $node "torchrun t.py" & done; wait',
        'tmux new-session -d -s train "torchrun t.py"',
        "tmux new -d -s train torchrun t.py",
        'tmux send-keys -t train "torchrun t.py" Enter',
        'tmux send-keys -t train:0.1 "torchrun t.py" C-m',
        'sbatch --gres=gpu:1 --wrap "torchrun t.py"',
        'sbatch --wrap="torchrun t.py"',
        "sbatch <<EOF\n#!/bin/bash\n#SBATCH -N 1\ntorchrun t.py\nEOF",
        "bash <<EOF\ntorchrun t.py\nEOF",
        'docker run --gpus all image bash -c "torchrun t.py"',
        'srun bash -c "torchrun t.py"',
    ],
)
def test_what_another_shell_is_given(text: str) -> None:
    assert launched(parse(text)) == [TRAIN]


@pytest.mark.parametrize(
    "text", ["cat <<EOF\ntorchrun t.py\nEOF", "tmux ls", "ssh node1", "sbatch --wrap", "tmux send-keys", "ssh"]
)
def test_what_no_shell_is_given(text: str) -> None:
    assert launched(parse(text)) == []


def test_a_pane_of_tmux_remembers_what_it_was_sent() -> None:
    text = "tmux send-keys -t {} 'export A=1; cd sub' Enter\ntmux send-keys -t a 'torchrun t.py' Enter\n"
    same, other = parse(text.format("a")), parse(text.format("b"))
    assert [("A" in script.commands[-1].env, script.commands[-1].directory) for script in (same, other)] == [
        (True, "sub"),
        (False, ""),
    ]


def test_another_machine_knows_no_variables_of_this_one() -> None:
    (_, command) = parse("export A=1\nssh host 'torchrun t.py'").commands
    assert (dict(command.env), command.directory) == ({}, None)


def test_a_container_gets_the_variables_that_it_is_given() -> None:
    (_, command) = parse("docker run -e A=1 image bash -c 'torchrun t.py'").commands
    assert list(command.env) == ["A"]


def test_functions_of_a_sourced_file() -> None:
    script = project(
        "source lib.sh\nlaunch 2\nlaunch 3\n", lib='launch() { torchrun t.py --stage "$1"; }\nother() { torchrun x.py; }\n'
    )
    assert launched(script) == [[*TRAIN, "--stage", "2"], [*TRAIN, "--stage", "3"]]
    first, second = script.commands
    assert [place.begin.line for place in (*first.callers, *second.callers)] == [2, 3]
    assert first.span == second.span


def test_scripts_that_are_started_with_arguments_or_variables() -> None:
    body = 'set -e\ntorchrun t.py --stage $1 "${@:2}" $STAGE\n'
    script = project("export STAGE=7\nbash one.sh 3 --lr 1\nSTAGE=8 ./one.sh 2\nsbatch one.sh 1\n", one=body)
    assert launched(script) == [
        [*TRAIN, "--stage", "3", "--lr", "1", "7"],
        [*TRAIN, "--stage", "2", "8"],
        [*TRAIN, "--stage", "1", "7"],
    ]
    assert launched(project("bash one.sh\n", one=body)) == []  # it is read for itself
    assert launched(project("bash a.sh x", a="bash b.sh x", b="bash a.sh x\ntorchrun t.py")) == [TRAIN]


def test_a_script_that_is_started_in_a_loop() -> None:
    script = project("for s in 2 3; do bash one.sh $s; done\n", one="torchrun t.py $1\n")
    assert launched(script) == [[*TRAIN, "2"], [*TRAIN, "3"]]
    turns = [command.turns for command in script.commands if command.callers]
    assert [(arm.branch.name, arm.branch.values[arm.index]) for (arm,) in turns if isinstance(arm.branch, Loop)] == [
        ("s", "2"),
        ("s", "3"),
    ]


def test_a_function_that_is_called_in_a_loop() -> None:
    assert lines("f() { torchrun t.py $1; }\nfor s in 2 3; do f $s; done") == [[*TRAIN, "2"], [*TRAIN, "3"]]


@pytest.mark.parametrize(
    "text",
    [
        'HERE="$( cd "$( dirname "${BASH_SOURCE[0]}" )" >/dev/null 2>&1 && pwd )"',
        'HERE=$(dirname "$(readlink -f "$0")")',
        'HERE=$(realpath .); HERE=$(dirname "$(realpath "$0")")',
        "HERE=$(git rev-parse --show-toplevel)",
        "HERE=$PWD",
        "HERE=${SLURM_SUBMIT_DIR}",
        "HERE=${GITHUB_WORKSPACE:-.}",
    ],
)
def test_folders_that_are_known(text: str) -> None:
    assert values(only(f"{text}\ntorchrun $HERE/t.py")) == ["torchrun", "./t.py"]
