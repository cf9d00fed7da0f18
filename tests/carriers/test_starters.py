"""Commands and programs that start other commands: `xargs`, `subprocess`, estimators, sweeps and jobs."""

from __future__ import annotations

import pytest
from tests.carriers.launches import env, launches_of, lines, only

REPEATED = [
    ("cat list | xargs -I{} torchrun t.py --data {} --bits 4", ["torchrun t.py --data ? --bits 4"]),
    ("cat list | xargs -I % -P 2 torchrun t.py --data 'a b;%'", ["torchrun t.py --data ?"]),
    ("ls *.yaml | xargs -n1 -P1 torchrun t.py", ["torchrun t.py ?"]),
    ("xargs -a list -L 1 torchrun t.py --bits 4 --data", ["torchrun t.py --bits 4 --data ?"]),
    ("xargs -I{} bash -c 'cd sub && torchrun t.py {}'", ["torchrun t.py ?"]),
    ("xargs", []),
    ("parallel torchrun t.py --bits {} ::: 4", ["torchrun t.py --bits 4"]),
    ("parallel -j2 torchrun t.py --bits {} ::: 4 8", ["torchrun t.py --bits ['4', '8']"]),
    ("parallel 'A={2} torchrun t.py {1}' ::: a b ::: c", ["torchrun t.py ['a', 'b']"]),
    ("parallel torchrun t.py ::: a :::+ b", ["torchrun t.py a ?"]),
    ("parallel torchrun t.py {} < list", ["torchrun t.py ?"]),
    ("parallel torchrun t.py --out {.}.log ::: a.x", ["torchrun t.py --out ?"]),
    ("pdsh -w node[1-4] 'cd job; torchrun t.py'", ["torchrun t.py"]),
    ("bsub -n 8 -q gpu -gpu num=8 torchrun t.py", ["torchrun t.py"]),
    ('oarsub -l gpu=4 "torchrun t.py --bits 4"', ["torchrun t.py --bits 4"]),
]


@pytest.mark.parametrize(("text", "expected"), REPEATED)
def test_commands_that_start_others(text: str, expected: list[str]) -> None:
    found = [line for line in lines(*launches_of({"run.sh": text})) if line.startswith("torchrun")]
    assert found == expected


PYTHON = """\
import os
import subprocess
import sys

def run(bits, *more):
    command = [sys.executable, "-m", "torch.distributed.run", "t.py", f"--bits={bits}", *more]
    subprocess.run(command, env={**os.environ, "A": "1"}, cwd="sub", check=True)

run(4)
run(8, *sys.argv[1:])
os.system("cd other && torchrun t.py > log")
subprocess.Popen("torchrun " + " ".join(sys.argv), shell=True)
subprocess.check_call(["bash", "-c", "torchrun t.py"])
"""


def test_programs_that_start_others() -> None:
    found = launches_of({"launch.py": PYTHON})
    assert lines(*found) == [
        "python -m torch.distributed.run t.py --bits=4",
        "python -m torch.distributed.run t.py --bits=8 ?",
        "torchrun t.py",
        "torchrun t.py",
    ]
    assert [launch.command.directory for launch in found] == ["sub", "sub", "other", ""]
    assert env(found[0])["A"] == "1"
    assert found[0].command.span.where() == "launch.py:7"
    assert launches_of({"tests/test_launch.py": PYTHON}) == []


def test_estimators_of_sagemaker() -> None:
    text = (
        "from sagemaker.pytorch import PyTorch\n"
        "PyTorch(entry_point='t.py', source_dir='src', instance_type='ml.g5.48xlarge', instance_count={},\n"
        "        hyperparameters={{'z': True, 'bits': 4, 'x': unknown()}}, distribution={}, environment={{'A': '1'}})\n"
    )
    torch = only({"job.py": text.format(2, "{'torch_distributed': {'enabled': True}}")})
    assert lines(torch) == ["torchrun --nnodes 2 --nproc_per_node 8 t.py --bits 4 -x ? -z True"]
    assert (env(torch)["A"], torch.folders) == ("1", ("src",))
    mpi = only({"job.py": text.format(2, "{'pytorchddp': {'enabled': True}}")})
    assert lines(mpi) == ["mpirun -np 16 python t.py --bits 4 -x ? -z True"]
    assert lines(only({"job.py": text.format(1, "None")})) == ["python t.py --bits 4 -x ? -z True"]


def test_sweeps() -> None:
    text = "method: grid\nprogram: t.py\nparameters:\n  bits: {values: [4, 8]}\n  lr: {min: 0, max: 1}\n  all: {value: true}\n"
    assert lines(only({"sweep.yaml": text})) == ["python t.py ['--bits=4', '--bits=8'] ? --all=True"]
    own = text + 'command: ["${env}", torchrun, "${program}", run, "${args_no_hyphens}"]\n'
    assert lines(only({"sweep.yaml": own})) == ["torchrun t.py run ['bits=4', 'bits=8'] ? all=True"]


def test_jobs() -> None:
    dstack = "type: task\ncommands:\n  - export BITS=4\n  - cd sub\n  - torchrun t.py $BITS\n"
    found = only({".dstack.yml": dstack})
    assert (lines(found), found.command.directory) == (["torchrun t.py 4"], "sub")
    azure = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\njobs:\n  train:\n    code: src\n"
    azure += "    command: torchrun t.py ${{inputs.bits}} ${{inputs.data}}\n    inputs: {bits: 4, data: {type: uri_folder}}\n"
    found = only({"job.yml": azure})
    assert (lines(found), found.command.directory) == (["torchrun t.py 4 ?"], "src")
    assert lines(only({"run.yaml": "compute: {gpus: 8}\ncommand: |-\n  cd x\n  torchrun t.py\n"})) == ["torchrun t.py"]
    assert lines(only({"const.yaml": "searcher: {name: single}\nentrypoint: [torchrun, t.py]\n"})) == ["torchrun t.py"]
    assert launches_of({"notes.yaml": "command: torchrun t.py\n"}) == []
