"""Measures qp-lint: processor time and peak memory of whole processes, a table and no judgement.

    python benchmarks/run.py [--repeat 5] [--big] [--only WORD] [-- COMMAND …]

COMMAND is what to measure in place of this Python's `-m qp_lint`: another installation, another version.
Processor time (user + system, children included) does not depend on what else the machine does as wall time would; the
median of the repetitions is shown.  `--big` adds a generated tree of 2,900 files and 53 MB.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generate import generate

EXAMPLES = Path(__file__).parent.parent / "examples"
CACHE = "QP_LINT_CACHE_DIR"


@dataclass(frozen=True)
class Measure:
    """One row: what is run, in which folder, and whether the cache is emptied before each run or left filled."""

    label: str
    folder: Path
    arguments: tuple[str, ...]
    warm: bool = False


@dataclass(frozen=True)
class Cost:
    """What one process used: seconds of processor time, bytes of memory at its peak."""

    seconds: float
    memory: int


def spawn(command: Sequence[str], folder: Path, env: dict[str, str]) -> Cost:
    """Run a command to its end."""
    with open(os.devnull, "wb") as sink:
        child = subprocess.Popen(command, cwd=folder, env=env, stdout=sink, stderr=sink)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {child.returncode}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def measure(what: Measure, command: Sequence[str], repeat: int, cache: Path) -> list[Cost]:
    """The costs of `repeat` runs, after one that is not counted (it compiles bytecode and fills the cache)."""
    env = {**os.environ, CACHE: str(cache)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed tool has its bytecode
    costs = []
    for _ in range(repeat + 1):
        if not what.warm:
            shutil.rmtree(cache, ignore_errors=True)
        costs.append(spawn([*command, *what.arguments], what.folder, env))
    return costs[1:]


def measures(place: Path, big: bool) -> list[Measure]:
    """What is measured; files are made below `place`."""
    single = place / "single"
    single.mkdir()
    (single / "clean.yaml").write_text("name: experiment\noptimizer: {name: adamw, lr: 0.001}\nlayers: [1, 2, 3]\n")
    (single / "clean.py").write_text('def main(rows):\n    """Sum up."""\n    return sum(len(row) for row in rows)\n' * 20)
    project = place / "project"
    shutil.copytree(EXAMPLES / "trainer-qlora-fsdp" / "broken", project)
    generate(place / "tree", count=330, config_count=400, size=2_300_000)
    rows = [
        Measure("--version", single, ("--version",)),
        Measure("a clean YAML file", single, ("clean.yaml",)),
        Measure("a clean Python file without keywords", single, ("clean.py",)),
        Measure("a training script with a finding", project, ("train.py",)),
        Measure("330 scripts + 400 configs, cold", place / "tree", (".",)),
        Measure("330 scripts + 400 configs, unchanged", place / "tree", (".",), warm=True),
    ]
    if big:
        generate(place / "big", count=2900, config_count=500, size=53_000_000)
        rows.append(Measure("2,900 scripts, 53 MB, cold", place / "big", (".",)))
        rows.append(Measure("2,900 scripts, 53 MB, unchanged", place / "big", (".",), warm=True))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each row (default: 5)")
    parser.add_argument("--big", action="store_true", help="measure the large tree too")
    parser.add_argument("--only", default="", metavar="WORD", help="only the rows whose label contains this")
    parser.add_argument("command", nargs="*", default=[sys.executable, "-m", "qp_lint"])
    given = parser.parse_args()
    print(f"{'':40}  {'CPU s':>7}  {'min':>7}  {'max':>7}  {'peak MB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for row in measures(Path(folder), given.big):
            if given.only in row.label:
                costs = measure(row, given.command, given.repeat, Path(folder) / "cache")
                seconds = [cost.seconds for cost in costs]
                middle, memory = statistics.median(seconds), max(cost.memory for cost in costs) / 1e6
                print(f"{row.label:40}  {middle:7.3f}  {min(seconds):7.3f}  {max(seconds):7.3f}  {memory:7.1f}", flush=True)


if __name__ == "__main__":
    main()
