"""What lies around a launch script: files that it sources, the job that it is, the folder and the machine."""

from __future__ import annotations

import pytest
from tests.parse.scripts import only, parse, place, value, values

from qp_lint.parse.shell import Opener, Script, parse_shell
from qp_lint.text import Source


def sourcing(files: dict[str, str], text: str) -> Script:
    sources = {name: Source(name, body) for name, body in files.items()}

    def read(name: str, started: bool) -> tuple[Source, Opener] | None:
        return (sources[name], read) if name in sources else None

    return parse_shell(Source("run.sh", text), read=read)


def test_a_sourced_file_sets_variables_where_it_is_written() -> None:
    script = sourcing({"env.sh": "export STAGE=3\nACC=x.yaml\n"}, "source ./env.sh || exit 1\n. env.sh\npython $STAGE $ACC\n")
    (command,) = script.commands
    assert values(command) == ["python", "3", "x.yaml"]
    assert command.words[1].span is not None
    assert command.words[1].span.source.path == "env.sh"
    assert value(command.env["STAGE"]) == "3"


@pytest.mark.parametrize(
    "text", ["set -a\n. .env\nset +a", "export $(grep -v '^#' .env | xargs)", "set -o allexport; source .env; set +o allexport"]
)
def test_env_files(text: str) -> None:
    (command,) = sourcing({".env": "# comment\nACCELERATE_USE_FSDP=true\n"}, text + "\nLATER=1\npython t.py").commands
    assert {name: value(node) for name, node in command.env.items()} == {"ACCELERATE_USE_FSDP": "true"}


def test_files_that_source_one_another_end() -> None:
    script = sourcing({"a.sh": ". b.sh\n. b.sh\npython a", "b.sh": ". a.sh\n. a.sh\npython b"}, ". a.sh\npython c")
    assert len(script.commands) < 50
    assert values(script.commands[-1]) == ["python", "c"]


def test_what_slurm_tells_a_job() -> None:
    text = "#SBATCH -N 2\n#SBATCH --ntasks-per-node=4 --gres=gpu:h100:8\n"
    text += "torchrun --nnodes $SLURM_NNODES --n $SLURM_GPUS_ON_NODE t.py\n"
    (command,) = parse(text).commands
    assert values(command) == ["torchrun", "--nnodes", "2", "--n", "8", "t.py"]
    assert value(command.env["SLURM_NTASKS"]) == "8"
    assert place(command.words[2]) == "2"


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ('D=$(dirname "$0")\npython $D/t.py', "./t.py"),
        ('D="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\npython $D/t.py', "./t.py"),
        ('D=$(cd "$(dirname "$0")/.." && pwd -P)\npython $D/t.py', "../t.py"),
        ("python $(pwd)/t.py", "./t.py"),
    ],
)
def test_the_folder_of_the_script_is_known(text: str, folder: str) -> None:
    assert values(only(text)) == ["python", folder]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python $(which fit) a", ["fit", "a"]),
        ("python `which fit` a", ["fit", "a"]),
        ('python "$(command -v fit)"', ["fit"]),
        ("python $(which -a fit)", [("",)]),
        ("python $TMPDIR/a.py ${SLURM_TMPDIR}/b.yaml", ["./a.py", "./b.yaml"]),
        ("TMPDIR=/scratch; python $TMPDIR/a.py", ["/scratch/a.py"]),
    ],
)
def test_where_commands_and_temporary_files_lie(text: str, words: list[object]) -> None:
    assert values(only(text))[1:] == words
