"""One reader for each kind of file that pins packages, by file name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.requirements.base import Pin, Reader, compatible, normalised, pin_of, requirement
from qp_lint.text import Source
from qp_lint.versions import releases


def lines(source: Source) -> Iterator[tuple[int, str]]:
    """Offset and text of each line, comments and what follows them cut, continuations left apart."""
    for number, start in enumerate(source.lines, 1):
        line = source.line(number)
        yield start, re.sub(r"(^|\s)#.*", "", line)


def read_requirements(source: Source) -> Iterator[Pin]:
    """requirements.txt and constraints files; options, hashes and URLs are no versions."""
    for start, line in lines(source):
        stripped = line.strip()
        if stripped and not stripped.startswith("-"):
            yield from requirement(source, start + len(line) - len(line.lstrip()), stripped)


def included(source: Source) -> Iterator[str]:
    """The files that `-r` and `-c` name."""
    for _, line in lines(source):
        match = re.match(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)", line)
        if match:
            yield match[1]


def read_pyproject(source: Source) -> Iterator[Pin]:
    """pyproject.toml: PEP 508 strings of any table (PEP 621, PEP 735, pdm, uv), and Poetry's `name = "^1.2"`."""
    table = ""
    for start, line in lines(source):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        if header:
            table = header[1]
        if "tool.qp-lint" in table or "tool.ruff" in table:
            continue
        if ("poetry" in table or "pixi" in table) and "dependencies" in table:
            yield from named_range(source, start, line)
            continue
        for match in re.finditer(r"""(["'])([A-Za-z0-9][^"'\n]*)\1""", line):
            yield from requirement(source, start + match.start(2), match[2])


def named_range(source: Source, start: int, line: str) -> Iterator[Pin]:
    """`transformers = "^4.40"` or `transformers = {version = "^4.40", …}`."""
    match = re.match(r"""\s*["']?([A-Za-z0-9._-]+)["']?\s*=\s*(?:\{.*?version\s*=\s*)?["']([^"']*)["']""", line)
    if match:
        yield from pin_of(source, start + match.start(1), match[1], compatible(match[2]), len(match[0]) - match.start(1))


def read_setup_cfg(source: Source) -> Iterator[Pin]:
    """setup.cfg: the requirement lines of install_requires and extras."""
    section = ""
    for start, line in lines(source):
        if line.startswith("["):
            section = line
        elif "options" in section:
            text = line.partition("=")[2] if line[:1].isalpha() and re.match(r"[a-z_]+\s*=\s*[A-Za-z]", line) else line
            stripped = text.strip()
            if stripped:
                yield from requirement(source, start + line.index(stripped), stripped)


def read_lock(source: Source) -> Iterator[Pin]:
    """uv.lock, poetry.lock, pdm.lock: `name` and `version` of each [[package]]."""
    for match in re.finditer(r'^name = "([^"]+)"\r?\nversion = "([^"]+)"', source.text, re.MULTILINE):
        yield from pin_of(source, match.start(), match[1], f"=={match[2]}", len(match[0]))


def read_pixi_lock(source: Source) -> Iterator[Pin]:
    """pixi.lock: names and versions in the file names of packages."""
    pattern = r"/([A-Za-z0-9_]+(?:[-_][A-Za-z_]+)*)-(\d+[0-9a-z.]*)-[^/\s]*\.(?:whl|conda|tar\.bz2)"
    for match in re.finditer(pattern, source.text):
        yield from pin_of(source, match.start(1), match[1], f"=={match[2]}", len(match[1]) + 1 + len(match[2]))


def read_conda(source: Source) -> Iterator[Pin]:
    """environment.yml: `- name=1.2` (any 1.2), `- name>=1.2`, and the pip list."""
    for start, line in lines(source):
        match = re.match(r"""\s*-\s*["']?(?:[\w./-]+::)?([A-Za-z0-9._-]+)\s*=\s*([0-9][\w.*]*)(?:=\S+)?["']?\s*$""", line)
        if match:
            yield from pin_of(
                source, start + match.start(1), match[1], f"=={match[2].rstrip('.*')}.*", match.end(2) - match.start(1)
            )
        elif (item := re.match(r"""\s*-\s*["']?(?=[A-Za-z0-9])""", line)) and not line.rstrip().endswith(":"):
            yield from requirement(source, start + item.end(), line[item.end() :])


INSTALL = re.compile(r"(?:pip3?|uv pip|uv)\s+(?:install|add)\s+((?:\\\r?\n|\\n|[^\n;&|])*)")


def read_commands(source: Source) -> Iterator[Pin]:
    """`pip install …` and `uv add …` in a Dockerfile, a shell script or a notebook."""
    for match in INSTALL.finditer(source.text):
        if re.match(r"[ \t]*#", source.line(source.position(match.start()).line)):
            continue
        for word in re.finditer(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]\s]*\])?(?:[=<>!~]=?[^\s\"'\\]*)?", match[1]):
            if (
                normalised(re.split(r"[\[=<>!~]", word[0])[0]) in releases()
                and match[1][word.start() - 1 : word.start()] in " \t\"'\n"
            ):
                yield from requirement(source, match.start(1) + word.start(), word[0])


READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        re.compile(r"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)"),
        Reader(read_requirements, includes=included),
    ),
    (re.compile(r"pyproject\.toml|pixi\.toml"), Reader(read_pyproject)),
    (re.compile(r"setup\.cfg"), Reader(read_setup_cfg)),
    (re.compile(r"(?:uv|poetry|pdm)\.lock"), Reader(read_lock, lock=True)),
    (re.compile(r"pixi\.lock"), Reader(read_pixi_lock, lock=True)),
    (re.compile(r"(?:.*[-_.])?environment(?:[-_.].*)?\.ya?ml|conda(?:[-_.].*)?\.ya?ml"), Reader(read_conda)),
    (re.compile(r"(?:.*\.)?Dockerfile(?:\..*)?|Containerfile|.*\.(?:sh|bash|sbatch|slurm|ipynb)"), Reader(read_commands)),
)


def reader_of(name: str) -> Reader | None:
    """The reader for a file of this name."""
    return next((reader for pattern, reader in READERS if pattern.fullmatch(name)), None)
