"""Which commands each kind of file carries: their words, folder and environment."""

from __future__ import annotations

import json

import pytest
from tests.carriers.launches import env, launches, launches_of, lines, only

WORKFLOW = """\
on: push
env:
  ACCELERATE_USE_FSDP: true
defaults:
  run:
    working-directory: training
jobs:
  train:
    strategy:
      matrix:
        stage: [2, 3]
        os: [a, {b: c}]
    steps:
      - uses: actions/checkout@v4
      - run: torchrun --nproc_per_node 8 train.py --stage ${{ matrix.stage }} ${{ matrix.os }}
        env: {EXTRA: "${{ secrets.X }}"}
      - run: |
          cd sub
          # a comment
          accelerate launch train.py ${{ github.sha }} ${{ env.NAME }}
        working-directory: other
      - run: print("x")
        shell: python
"""


def test_workflow() -> None:
    first, second = launches_of({"a/.github/workflows/ci.yml": WORKFLOW})
    assert lines(first) == ["torchrun --nproc_per_node 8 train.py --stage ['2', '3'] ?"]
    assert first.folders == ("a",)
    assert first.command.directory == "training"
    assert env(first)["ACCELERATE_USE_FSDP"] == "true"
    assert lines(second) == ["accelerate launch train.py ? ?"]
    assert second.command.directory == "other/sub"
    assert second.command.span.where() == "a/.github/workflows/ci.yml:20"
    assert second.command.words[2].span.outermost().text == "train.py"  # type: ignore[union-attr]


def test_other_yaml_with_run_is_no_workflow() -> None:
    assert launches_of({"conf/x.yaml": WORKFLOW}) == []


def test_composite_action() -> None:
    text = "runs:\n  using: composite\n  steps:\n  - run: torchrun t.py\n    shell: bash\n"
    assert lines(only({"action.yml": text})) == ["torchrun t.py"]


DOCKER = """\
# syntax=docker/dockerfile:1
FROM pytorch/pytorch AS base
ARG STAGE=3
ENV A=1 B="two words" \\
    # in between
    C=$STAGE
ENV OLD style value
WORKDIR /opt/train
COPY src/ ./
RUN pip install transformers \\
  && python /opt/train/prepare.py
RUN <<EOF
torchrun a.py
EOF
CMD python never.py

FROM base
COPY . /data
ENTRYPOINT ["torchrun", "--nproc_per_node=8"]
CMD ["train.py", "--config=/data/x.yaml"]
"""


def test_dockerfile() -> None:
    found = launches(Dockerfile=DOCKER)
    assert lines(*found) == [
        "pip install transformers",
        "python prepare.py",
        "torchrun a.py",
        "python never.py",
        "torchrun --nproc_per_node=8 train.py --config=../x.yaml",
    ]
    assert [launch.command.directory for launch in found[1:]] == ["src"] * 4
    assert env(found[-1]) == {"STAGE": "3", "A": "1", "B": "two words", "C": "3", "OLD": "style value"}
    assert found[-1].command.span.where() == "Dockerfile:19"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nCMD torchrun t.py", ["torchrun t.py"]),
        ('FROM a\nENTRYPOINT ["bash", "-c"]\nCMD ["torchrun t.py"]', ["torchrun t.py"]),
        ('FROM a\nENTRYPOINT ["/entry.sh"]\nCMD ["torchrun", "t.py"]', ["torchrun t.py"]),
        ("FROM a\nENTRYPOINT exec torchrun t.py\nCMD x", ["torchrun t.py"]),
        ("FROM a\nRUN echo 'open\nCMD torchrun t.py", ["echo open", "torchrun t.py"]),
        ("CMD [not json", ["[not json"]),
        ("", []),
    ],
)
def test_what_an_image_starts(text: str, expected: list[str]) -> None:
    assert lines(*launches_of({"docker/train.Dockerfile": text})) == expected


COMPOSE = """\
services:
  train:
    build: .
    env_file: [train.env]
    environment:
      - ACCELERATE_USE_FSDP=true
    working_dir: /job
    volumes: ["./:/job", "data:/data"]
    command: accelerate launch --config_file /job/configs/${NAME:-fsdp}.yaml train.py
  eval:
    entrypoint: [python]
    command: ["-m", "eval", "8"]
"""


def test_compose() -> None:
    train, evaluate = launches_of({"docker-compose.yml": COMPOSE, "train.env": "# x\nWORLD_SIZE=4\n"})
    assert lines(train, evaluate) == ["accelerate launch --config_file configs/fsdp.yaml train.py", "python -m eval 8"]
    assert env(train) == {"ACCELERATE_USE_FSDP": "true", "WORLD_SIZE": "4"}


MAKE = """\
GPUS ?= 8
CONFIG := configs/$(NAME).yaml
NAME = fsdp
ARGS = --bits 8 \\
       --epochs 1  # a comment
ARGS += --lora
export TOKENIZERS_PARALLELISM = false
ifdef DEBUG
GPUS = 1
endif

.PHONY: train
train: data | out
\t@echo "training $@"
\tcd src && accelerate launch \\
\t  --config_file configs/$(NAME).yaml train.py $(ARGS) --home $$HOME
\t-torchrun --nproc_per_node=$(GPUS) $(shell pwd)/t.py

z3: STAGE = 3
z3:
\tpython run.py --stage ${STAGE} $(MISSING)
"""


def test_makefile() -> None:
    found = launches(Makefile=MAKE)
    assert lines(*found) == [
        "echo training train",
        "accelerate launch --config_file configs/fsdp.yaml train.py --bits 8 --epochs 1 --lora --home ?",
        "torchrun ? ?",
        "python run.py --stage 3 ?",
    ]
    assert found[1].command.directory == "src"
    assert found[2].command.directory == ""
    assert env(found[1]) == {"TOKENIZERS_PARALLELISM": "false"}
    bits = found[1].command.words[6].span
    assert bits is not None
    assert bits.where() == "Makefile:4"


def test_makefile_in_one_shell() -> None:
    (found,) = launches(Makefile=".ONESHELL:\nt:\n\tcd a\n\ttorchrun t.py\n")
    assert found.command.directory == "a"


JUST = """\
set dotenv-load
config := "fsdp.yaml"
export USE_X := '1'
other := `git rev-parse HEAD`

# trains
train gpus="8" *args:
    @accelerate launch --config_file {{config}} --num_processes {{ gpus }} \\
        train.py {{args}} {{ other }}
    cd sub

script:
    #!/usr/bin/env bash
    cd sub
    torchrun t.py

py:
    #!/usr/bin/env python3
    print("x")
"""


def test_justfile() -> None:
    train, script = launches_of({"justfile": JUST, ".env": "WORLD_SIZE=2"})
    assert lines(train, script) == ["accelerate launch --config_file fsdp.yaml --num_processes 8 train.py ? ?", "torchrun t.py"]
    assert env(train) == {"USE_X": "1", "WORLD_SIZE": "2"}
    assert script.command.directory == "sub"


KUBERNETES = """\
apiVersion: v1
kind: ConfigMap
data: {command: x}
---
apiVersion: kubeflow.org/v1
kind: PyTorchJob
spec:
  nprocPerNode: "8"
  pytorchReplicaSpecs:
    Master:
      replicas: 1
      template:
        spec:
          containers:
          - name: pytorch
            image: x
            env: [{name: MODE, value: z3}, {name: KEY, valueFrom: {secretKeyRef: {name: x}}}]
            command: [torchrun, /workspace/train.py, --mode, $(MODE), $(KEY)]
---
apiVersion: batch/v1
kind: Job
spec:
  template:
    spec:
      containers:
      - command: ["/bin/bash", "-lc"]
        args:
        - |
          set -e
          cd examples
          torchrun train.py
        workingDir: /repo
"""


def test_kubernetes() -> None:
    first, second = launches_of({"k8s/job.yaml": KUBERNETES})
    assert lines(first, second) == ["torchrun train.py --mode z3 ?", "torchrun train.py"]
    assert env(first) == {"MODE": "z3", "KEY": None, "PET_NPROC_PER_NODE": "8"}
    assert second.command.directory == "examples"
    assert second.command.span.where() == "k8s/job.yaml:31"


def test_train_job_and_ray_job() -> None:
    job = "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nspec:\n  trainer:\n    numNodes: 2\n    numProcPerNode: 4\n"
    launch = only({"a.yaml": job + "    command: [torchrun, train.py]\n    args: ['--bits', '8']\n"})
    assert lines(launch) == ["torchrun train.py --bits 8"]
    assert env(launch) == {"PET_NNODES": "2", "PET_NPROC_PER_NODE": "4"}
    ray = "apiVersion: ray.io/v1\nkind: RayJob\nspec:\n  entrypoint: python train.py --x 1\n"
    assert lines(*launches_of({"a.yaml": ray, "b.yaml": "name: x\nentrypoint: python b.py\n"})) == [
        "python train.py --x 1",
        "python b.py",
    ]


SKY = """\
resources:
  accelerators: A100:8
num_nodes: 2
workdir: .
envs: {MODEL: a/b}
setup: pip install transformers
run: |
  torchrun --nnodes=$SKYPILOT_NUM_NODES --nproc_per_node $SKYPILOT_NUM_GPUS_PER_NODE \\
    train.py --model ${MODEL}
"""


def test_skypilot() -> None:
    _, run = launches_of({"sky.yaml": SKY})
    assert lines(run) == ["torchrun --nnodes=2 --nproc_per_node 8 train.py --model a/b"]
    assert launches_of({"x.yaml": "run: torchrun t.py\n"}) == []  # any configuration may have such a key


def test_beaker() -> None:
    text = (
        "version: v2\nbudget: x\ntasks:\n- image: {beaker: x}\n  command: [bash, -c, torchrun t.py]\n  resources: {gpuCount: 4}\n"
    )
    launch = only({"beaker.yaml": text})
    assert lines(launch) == ["torchrun t.py"]
    assert env(launch)["BEAKER_ASSIGNED_GPU_COUNT"] == "4"


def test_vscode() -> None:
    text = """{
  // comment
  "configurations": [
    {"type": "debugpy", "program": "${workspaceFolder}/src/train.py", "args": ["--bits", "8", "${file}"],
     "env": {"WORLD_SIZE": "2"}, "cwd": "${workspaceFolder}/src",},
    {"type": "debugpy", "module": "torch.distributed.run", "args": "x"},
    {"type": "node", "request": "launch"},
  ]
}"""
    first, second = launches_of({".vscode/launch.json": text})
    assert lines(first, second) == ["python src/train.py --bits 8 ?", "python -m torch.distributed.run ?"]
    assert first.command.directory == "src"
    assert env(first) == {"WORLD_SIZE": "2"}


def test_tasks() -> None:
    text = """
[tool.poe.tasks]
train = "accelerate launch train.py"
debug = {cmd = "torchrun t.py", env = {WORLD_SIZE = "2"}, cwd = "src"}
all = ["train", "debug"]
shell.shell = '''
cd a
python b.py
'''
[tool.pdm.scripts]
words.cmd = ["torchrun", "pdm.py"]
[tool.hatch.envs.default.scripts]
run = ["echo a", "torchrun hatch.py"]
[tool.other.tasks]
train = "nothing"
"""
    found = launches_of({"pyproject.toml": text})
    assert lines(*found) == [
        "accelerate launch train.py",
        "torchrun t.py",
        "train debug",
        "python b.py",
        "torchrun pdm.py",
        "echo a",
        "torchrun hatch.py",
    ]
    assert found[1].command.directory == "src"
    assert env(found[1]) == {"WORLD_SIZE": "2"}


def test_readme() -> None:
    text = "Run\n```bash\ntorchrun t.py \\\n  --x\n```\n```console\n$ python a.py\nout put\n```\n"
    text += "~~~python\ntorchrun\n~~~\n```\nplain\n```\n"
    assert lines(*launches_of({"README.md": text})) == ["torchrun t.py --x", "python a.py"]


def test_notebook() -> None:
    cells = [{"cell_type": "code", "source": ["MODE = 'z3'\n", "!torchrun t.py {MODE}"]}]
    launch = only({"n.ipynb": json.dumps({"cells": cells})})
    assert lines(launch) == ["torchrun t.py z3"]
