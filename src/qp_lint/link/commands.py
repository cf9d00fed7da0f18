"""From a launch command to what it finally runs: through `env`, `srun`, launchers, `python -m`."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from qp_lint import frameworks
from qp_lint.link.programs import console_script, module_file, papermill, started_by_python
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Node, Scalar, string

PYTHONS = ("python", "python3", "pypy3", "ipython", "coverage")

# Programs that run the command behind their own options; the flags listed take a value of their own.
WRAPPERS: dict[str, frozenset[str]] = {
    "exec": frozenset(),
    "time": frozenset({"-f", "-o"}),
    "nohup": frozenset(),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "sudo": frozenset({"-u", "-g"}),
    "timeout": frozenset({"-s", "-k"}),
    "taskset": frozenset({"-c"}),
    "numactl": frozenset({"-C", "-N", "-m", "-i"}),
    "setsid": frozenset(),
    "unbuffer": frozenset(),
    "command": frozenset(),
    "caffeinate": frozenset({"-t", "-w"}),
    "xvfb-run": frozenset({"-n", "-s", "-e", "-f", "-p", "-w"}),
    "srun": frozenset(
        (
            *("-N", "-n", "-p", "-J", "-A", "-G", "-c", "-t", "-w", "-x", "-o", "-e", "-D", "-q", "-r", "-i", "-C", "-m"),
            *("--nodes", "--ntasks", "--ntasks-per-node", "--partition", "--job-name", "--account", "--gpus", "--gres", "--time"),
            *(
                "--cpus-per-task",
                "--gpus-per-node",
                "--gpus-per-task",
                "--nodelist",
                "--exclude",
                "--output",
                "--error",
                "--chdir",
            ),
            *("--mem", "--export", "--cpu-bind", "--mpi", "--qos", "--constraint", "--container-image", "--container-mounts"),
            *("--container-workdir", "--container-name", "--container-env"),
        )
    ),
    "mpirun": frozenset({"-np", "-n", "-H", "-x", "--hostfile", "-hostfile", "--map-by", "-bind-to", "--bind-to", "-mca"}),
    "mpiexec": frozenset({"-np", "-n", "-H", "-x"}),
    "ncu": frozenset({"-o", "-k", "-c", "-s", "--set", "--target-processes"}),
    "uvx": frozenset({"--from", "--with", "--python", "-p"}),
    "screen": frozenset({"-S", "-dmS", "-AdmS", "-LdmS", "-dmLS", "-t", "-c", "-Logfile"}),
    "flock": frozenset({"-w", "--timeout", "-E"}),
    "tsp": frozenset({"-G", "-g", "-L", "-N", "-D", "-W"}),
    "systemd-run": frozenset({"-p", "--property", "-u", "--unit", "--slice", "-E", "--setenv", "-M"}),
}
_ENVIRONMENT = frozenset({"-n", "--name", "-p", "--prefix", "-e", "--env-file", "-f", "--file"})
_PYTHON = frozenset(
    {"-p", "--python", "--with", "--extra", "--group", "--env-file", "-e", "--directory", "--project", "--package"}
)

# Programs with a sub-command that runs another: its name, and the flags that take a value of their own.
RUNNERS: dict[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(("uv", "poetry", "pdm", "pipenv", "rye"), ("run", _PYTHON)),
    "pipx": ("run", frozenset({"--spec", "--python", "--index-url", "--pip-args"})),
    **dict.fromkeys(("conda", "mamba", "micromamba", "pixi", "hatch", "dotenv"), ("run", _ENVIRONMENT)),
    "nsys": ("profile", frozenset({"-o", "-t", "-s", "-w", "-f", "-c", "-x", "-d", "-y"})),
    "mprof": ("run", frozenset({"-T", "--interval", "-o", "--output"})),
    "py-spy": ("record", frozenset({"-o", "-f", "-r", "-d"})),
}
# Programs that run what stands behind `--`: `ray job submit --address=… -- python3 -m …`.
BEHIND_DASHES = frozenset({"ray", "runai", "gantry", "op", "doppler", "infisical", "aws-vault", "dotenvx", "chamber"})
SLURM_TASKS = ("-n", "--ntasks", "--ntasks-per-node")


def program_name(word: Node) -> str | None:
    """The name of the program that a word names, without folder and version suffix."""
    name = string(word)
    if name is None:
        return None
    name = posixpath.basename(name)
    return "python" if name in PYTHONS or (name.startswith("python3.") and name[8:].isdigit()) else name


def skip_flags(words: list[Node], with_value: frozenset[str]) -> list[Node]:
    """The words after a wrapper's own options."""
    index = 0
    while index < len(words):
        word = string(words[index])
        if word is None or not word.startswith("-"):
            break
        index += 1
        if word == "--":
            break
        if word in with_value:
            index += 1
    return words[index:]


def read_command(words: list[Node], builder: RunBuilder, run_script: Callable[[str, list[Node], RunBuilder], bool]) -> bool:
    """Read a launch command into `builder`; False when it starts nothing that qp-lint knows.

    `run_script(path, arguments, builder)` reads a Python script (its path as written) and says whether it could.
    """
    for _ in range(12):  # wrappers in wrappers; a reader that returns its own command must not loop
        if not words:
            return False
        name = program_name(words[0])
        rest = words[1:]
        if name is None:
            return False
        reader = frameworks.program(name)
        if reader is not None:
            inner = reader(rest, builder)
            if inner is None:
                return True
            words = inner
        elif name == "python":
            return read_python(rest, builder, run_script)
        elif name == "env":
            words = env_prefix(rest, builder)
        elif name in RUNNERS:
            command, valued = RUNNERS[name]
            inner = skip_flags(rest, valued)
            words = skip_flags(inner[1:], valued) if inner and string(inner[0]) == command else []
        elif name in WRAPPERS:
            words = wrapped(name, rest, builder)
        elif name in BEHIND_DASHES:
            words = rest[next((index + 1 for index, word in enumerate(rest) if string(word) == "--"), len(rest)) :]
        elif name == "papermill":
            found = papermill(rest, builder)
            return found is not None and run_script(found, [], builder)
        elif name.endswith(".py"):
            started_by_python(builder, words[0].span)
            return run_script(string(words[0]) or "", rest, builder)
        else:
            found = console_script(name, builder)
            return found is not None and run_script(found, rest, builder)
    return False


def wrapped(name: str, words: list[Node], builder: RunBuilder) -> list[Node]:
    """What a wrapper runs; Slurm's and MPI's task counts are the number of processes."""
    inner = skip_flags(words, WRAPPERS[name])
    if name in ("srun", "mpirun", "mpiexec"):
        flags = words[: len(words) - len(inner)]
        for index, word in enumerate(flags):
            flag, _, value = (string(word) or "").partition("=")
            given = value or (string(flags[index + 1]) if index + 1 < len(flags) else None) or ""
            if flag in (*SLURM_TASKS, "-np") and given.isdigit() and int(given) > 1:
                builder.put("launch.processes", int(given), key=flag, span=word.span, rank=Rank.COMMAND)
        told = any((string(word) or "").partition("=")[0] in SLURM_TASKS for word in flags)
        if name == "srun" and not told and inner and program_name(inner[0]) == "python":
            read_job(builder)
        builder.default("launch.launcher", name, span=words[0].span if words else None)
    if name == "flock":
        inner = inner[1:]  # the file that is locked
    if name in ("timeout", "taskset") and inner and (string(inner[0]) or "").rstrip("smhd").replace(".", "").isdigit():
        inner = inner[1:]
    return inner


def read_job(builder: RunBuilder) -> None:
    """Without counts of its own `srun` starts the tasks that `#SBATCH` lines ask for."""
    for name, setting in (("SLURM_NTASKS_PER_NODE", "launch.processes"), ("SLURM_NTASKS", "parallel.world_size")):
        count = string(builder.env.get(name))
        if count is not None and count.isdigit() and int(count) > 1:
            builder.put(setting, int(count), key=name, span=builder.env[name].span, rank=Rank.ENVIRONMENT)


def env_prefix(words: list[Node], builder: RunBuilder) -> list[Node]:
    """The command behind `env A=1 B=2`, with the variables recorded."""
    words = skip_flags(words, frozenset({"-u"}))
    while words and "=" in (string(words[0]) or "").partition("/")[0]:
        name, _, value = (string(words[0]) or "").partition("=")
        builder.env[name] = Scalar(value, value, span=words[0].span)
        words = words[1:]
    return words


def read_python(words: list[Node], builder: RunBuilder, run_script: Callable[[str, list[Node], RunBuilder], bool]) -> bool:
    """Read `python …`: a module that a framework launches, a module of the project, or a script."""
    index = 0
    while index < len(words):
        word = string(words[index])
        if word is None:
            return False
        if word == "-m":
            module = string(words[index + 1]) if index + 1 < len(words) else None
            return module is not None and read_module(module, words[index + 2 :], builder, run_script)
        if word in ("-W", "-X"):
            index += 1
        elif word in ("-c", "-"):
            return False
        elif not word.startswith("-"):
            started_by_python(builder, words[index].span)
            installed = None if builder.locate(word) else console_script(posixpath.basename(word), builder)
            return run_script(installed or word, words[index + 1 :], builder)
        index += 1
    return False


def read_module(
    module: str, words: list[Node], builder: RunBuilder, run_script: Callable[[str, list[Node], RunBuilder], bool]
) -> bool:
    """Read `python -m module …`."""
    reader = frameworks.module_program(module)
    if reader is not None:
        inner = reader(words, builder)
        return True if inner is None else read_command(inner, builder, run_script)
    started_by_python(builder, words[0].span if words else None)
    found = module_file(module, builder)
    return found is not None and run_script(found, words, builder)
