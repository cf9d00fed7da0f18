"""Commands that start in a container, and scripts that are part of others."""

from __future__ import annotations

import pytest
from tests.carriers.launches import env, launches_of, lines, only, value

CONTAINERS = [
    ('docker run --rm --gpus all -v "$PWD":/job -w /job image:1 torchrun /job/t.py', ["torchrun t.py"]),
    ("docker run -it --ipc=host -p 80:80 image torchrun /workspace/t.py --data /data", ["torchrun t.py --data /data"]),
    ("sudo docker run --mount type=bind,source=$(pwd)/src,target=/code image torchrun /code/t.py", ["sudo torchrun src/t.py"]),
    ("docker compose -f gpu.yml run --rm -e A=1 trainer torchrun t.py", ["torchrun t.py"]),
    ("docker exec -it trainer torchrun t.py", ["torchrun t.py"]),
    ("podman run --device nvidia.com/gpu=all image torchrun t.py", ["torchrun t.py"]),
    ("srun -N 2 apptainer exec --nv -B $PWD:/code image.sif torchrun /code/t.py", ["srun -N 2 torchrun t.py"]),
    ("singularity run --nv --cleanenv image.sif torchrun t.py", ["torchrun t.py"]),
    ("enroot start --rw -m $PWD:/job -e A=1 trainer torchrun /job/t.py", ["torchrun t.py"]),
    ("kubectl exec -it trainer-0 -n ml -- torchrun /workspace/t.py", ["torchrun t.py"]),
    ("oc run trainer --image=image -- torchrun t.py", ["torchrun t.py"]),
    ("kubectl apply -f job.yaml", ["kubectl apply -f job.yaml"]),
    (
        "srun --container-image=image --container-mounts=$PWD:/job,/data:/data torchrun /job/t.py",
        ["srun --container-image=image --container-mounts=.:/job,/data:/data torchrun t.py"],
    ),
    ("docker build -t image .", ["docker build -t image ."]),
    ("docker run image", ["docker run image"]),
    ("docker run", ["docker run"]),
]


@pytest.mark.parametrize(("text", "expected"), CONTAINERS)
def test_containers(text: str, expected: list[str]) -> None:
    assert lines(*launches_of({"run.sh": text})) == expected


def test_the_environment_of_a_container() -> None:
    text = 'export A=1 B=2\n{} run -e A -e C="$X" --env D=4 --env-file e.env image torchrun t.py\n'
    files = {"e.env": "E=5\n"}
    assert env(only({"run.sh": text.format("docker"), **files})) == {"A": "1", "C": None, "D": "4", "E": "5"}
    inside = only({"run.sh": "export A=1\napptainer exec --env D=4 image.sif torchrun t.py"})
    assert env(inside) == {"A": "1", "D": "4"}


def test_scripts_that_are_part_of_others_are_no_launches_of_their_own() -> None:
    files = {
        "lib.sh": "go() { torchrun $1; }\n",
        "one.sh": "torchrun $1\n",
        "plain.sh": "torchrun ${1:-t.py}\n",
        "run.sh": ". ./lib.sh\ngo a.py\nbash one.sh b.py\nbash plain.sh c.py\n",
    }
    found = [launch for launch in launches_of(files) if value(launch.command.words[0]) == "torchrun"]
    assert [(launch.path, *lines(launch)) for launch in found] == [
        ("plain.sh", "torchrun t.py"),
        ("run.sh", "torchrun a.py"),
        ("run.sh", "torchrun b.py"),
        ("run.sh", "torchrun c.py"),
    ]
