"""The package versions that are installed where a command runs, from the metadata that installers leave (nothing is imported).

The command's interpreter is found the way a shell and the kernel find it: the first of its words that is a Python, or a script
that names one in its `#!` line.  Behind what may change the environment (a container, `conda run`, a shell script that activates
one) nothing is known.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution
from pathlib import Path

from qp_lint.versions import Admitted, releases, valid_specifier

ELSEWHERE = frozenset(
    (
        *("docker", "podman", "nerdctl", "singularity", "apptainer", "enroot", "shifter", "kubectl", "ssh"),
        *(
            "bash",
            "sh",
            "zsh",
            "dash",
            "ksh",
            "conda",
            "mamba",
            "micromamba",
            "poetry",
            "pdm",
            "pipenv",
            "pixi",
            "hatch",
            "sbatch",
            "ray",
            "sky",
            "modal",
        ),
    )
)

SHELL_ENDINGS = (".sh", ".bash", ".slurm", ".sbatch")


def installed(command: Sequence[str], env: Mapping[str, str]) -> dict[str, Admitted]:
    """What is installed of the packages that qp-lint has facts about."""
    python = interpreter(command, env)
    folders = [str(folder) for folder in site_folders(python, env)] if python else []
    found = {}
    for package in releases() if folders else ():
        version = _version(package, folders)
        if version is not None and valid_specifier(f"=={version}"):
            found[package] = Admitted(f"=={version}", "installed")
    return found


def _version(package: str, folders: list[str]) -> str | None:
    """The public part of an installed version: `2.5.1` of `2.5.1+cu124`."""
    try:
        found = next(iter(Distribution.discover(name=package, path=folders)), None)
        return str(found.version).partition("+")[0] if found is not None else None
    except (OSError, KeyError, ValueError):  # metadata that is broken says nothing
        return None


def interpreter(command: Sequence[str], env: Mapping[str, str]) -> Path | None:
    """The Python that a command runs under; None when that cannot be known."""
    where = env.get("PATH", os.defpath)
    for word in command:
        name = os.path.basename(word)
        if name in ELSEWHERE or name.endswith(SHELL_ENDINGS) or word.startswith("--container-image"):
            return None
        if name == "uv":
            return _in_folder(Path(env.get("UV_PROJECT_ENVIRONMENT", ".venv")))
        found = shutil.which(word, path=where)
        python = _python_of(Path(found), where) if found else None
        if python is not None:
            return python
    return None


def _in_folder(folder: Path) -> Path | None:
    """The Python of a virtual environment in the working directory or above."""
    for above in (Path.cwd(), *Path.cwd().parents):
        for python in (above / folder / "bin" / "python", above / folder / "Scripts" / "python.exe"):
            if python.exists():
                return python
    return None


def _python_of(program: Path, where: str) -> Path | None:
    """A program that is a Python, or the one that its `#!` line names (pip wraps a long one in `sh`)."""
    try:
        with program.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return None
    if not head.startswith(b"#!"):
        return program if re.fullmatch(r"(python|pypy)[\d.]*(\.exe)?", program.name) else None
    lines = os.fsdecode(head).splitlines()
    line = lines[1].removeprefix("'''exec'") if len(lines) > 1 and lines[1].startswith("'''exec'") else lines[0][2:]
    match = re.match(r"""\s*(?:"([^"]+)"|(\S+))(?:\s+(\S+))?""", line)
    if match is None:
        return None
    name, argument = match[1] or match[2], match[3]
    if os.path.basename(name) == "env" and argument:
        name = shutil.which(argument, path=where) or ""
    return Path(name) if os.path.basename(name).startswith(("python", "pypy")) and os.path.exists(name) else None


def site_folders(python: Path, env: Mapping[str, str]) -> Iterator[Path]:
    """The folders from which an interpreter imports installed packages, in its order."""
    yield from (Path(folder) for folder in env.get("PYTHONPATH", "").split(os.pathsep) if folder)
    prefix = python.parent.parent if python.parent.name in ("bin", "Scripts") else python.parent
    settings = prefix / "pyvenv.cfg"
    if settings.is_file():
        yield from _libraries(prefix, "*")
        text = settings.read_text(encoding="utf-8", errors="replace")
        if not re.search(r"(?mi)^include-system-site-packages\s*=\s*true", text):
            return
        home = re.search(r"(?m)^home\s*=\s*(.+?)\s*$", text)
        if home is None:
            return
        python = Path(home[1]) / python.name
    real = python.resolve()
    prefix = real.parent.parent if real.parent.name == "bin" else real.parent
    version = re.fullmatch(r"(?:python|pypy)(3\.\d+)(?:\.exe)?", real.name)
    found = version[1] if version else "*"
    if "PYTHONNOUSERSITE" not in env and env.get("HOME"):
        yield from _libraries(Path(env["HOME"]) / ".local", found)
    yield from _libraries(prefix, found)
    yield from _libraries(prefix / "local", found)


def _libraries(prefix: Path, version: str) -> Iterator[Path]:
    """The package folders below a prefix for a version (`*`: any, when there is one)."""
    for pattern in (f"lib/python{version}/site-packages", f"lib/python{version}/dist-packages", "Lib/site-packages"):
        found = sorted(prefix.glob(pattern))
        if len(found) == 1:
            yield found[0]
    debian = prefix / "lib" / "python3" / "dist-packages"
    if debian.is_dir():
        yield debian
