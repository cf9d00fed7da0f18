"""One reader for each kind of file that pins packages, by file name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qp_lint.requirements.base import Pin, Reader, compatible, conda_pin, conda_version, pin_of, requirement
from qp_lint.requirements.commands import read_commands
from qp_lint.text import Source


def lines(source: Source) -> Iterator[tuple[int, str]]:
    """Offset and text of each line, comments and what follows them cut, continuations left apart."""
    for number, start in enumerate(source.lines, 1):
        line = source.line(number)
        yield start, re.sub(r"(^|\s)#.*", "", line)


def read_requirements(source: Source) -> Iterator[Pin]:
    """requirements.txt and constraints files; options and hashes are no versions, a URL may be a release."""
    for start, line in lines(source):
        match = re.match(r"\s*(?:(?:-e|--editable)[\s=]+)?(?!-)(?=\S)", line)
        if match:
            yield from requirement(source, start + match.end(), line[match.end() :].strip())


def included(source: Source) -> Iterator[str]:
    """The files that `-r` and `-c` name."""
    for _, line in lines(source):
        match = re.match(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)", line)
        if match:
            yield match[1]


def read_pyproject(source: Source) -> Iterator[Pin]:
    """pyproject.toml: PEP 508 strings of lists of dependencies (PEP 621, PEP 735, pdm, uv, hatch), Poetry's and pixi's tables."""
    before = key = ""
    for table, start, line in table_lines(source):
        before, key = table, key if table == before else ""
        assigned = re.match(r"""\s*(["']?)([\w.-]+)\1\s*=(?!=)""", line)  # not the `"torch==2.1"` of a list
        key = assigned[2] if assigned else key
        ranges = re.search(
            r"(?:poetry|pixi)\.(?:[\w.-]*\.)?(?:dev-|host-|run-|build-|pypi-)?dependencies(?:\.([\w.-]+))?$", table
        )
        if ranges:
            yield from named_range(source, start, line, ranges[1])
        elif "dependenc" in table or re.search(r"dependenc|^requires$", key):
            yield from quoted(source, start, line)


def quoted(source: Source, start: int, line: str, pattern: str = "") -> Iterator[Pin]:
    """The requirements that stand in strings of a line; `pattern` is what such a string has to begin with."""
    for match in re.finditer(r"""(?:"([A-Za-z0-9][^"\n]*)"|'([A-Za-z0-9][^'\n]*)')""", line):
        text = match[1] or match[2]
        if re.match(pattern, text):
            yield from requirement(source, start + match.start() + 1, text)


def read_pixi(source: Source) -> Iterator[Pin]:
    """pixi.toml: its tables of dependencies, of the workspace and of features."""
    for table, start, line in table_lines(source):
        if found := re.search(r"dependencies(?:\.([\w.-]+))?$", table):
            yield from named_range(source, start, line, found[1])


def table_lines(source: Source) -> Iterator[tuple[str, int, str]]:
    """The lines of a TOML file below its headers: the table's name, the offset, the line."""
    table = ""
    for start, line in lines(source):
        header = re.match(r"\s*\[+([^\]]+)\]", line)
        if header:
            table = header[1]
        else:
            yield table, start, line


def named_range(source: Source, start: int, line: str, name: str | None = None) -> Iterator[Pin]:
    """`trl = "^0.9"`, `trl = {version = "^0.9", …}`, or `version = …` in a table that the package (`name`) has."""
    match = re.match(r"""\s*["']?([A-Za-z0-9._-]+)["']?\s*=\s*(?:\{.*?\bversion\s*=\s*)?["']([^"']*)["']""", line)
    if match and (name is None or match[1] == "version"):
        package = name or match[1]
        yield from conda_pin(source, start + match.start(1), package, compatible(match[2]), len(match[0]) - match.start(1))


def read_setup_cfg(source: Source) -> Iterator[Pin]:
    """setup.cfg: the requirement lines of install_requires and extras."""
    section = key = ""
    for start, line in lines(source):
        if line.startswith("["):
            section, key = line, ""
        elif "options" in section:
            assigned = re.match(r"([\w.-]+)\s*=(?!=)", line)
            key = assigned[1] if assigned else key
            text = line[assigned.end() :] if assigned else line
            if text.strip() and ("extras_require" in section or key.endswith("_requires")):
                yield from requirement(source, start + len(line) - len(text.lstrip()), text.strip())


def read_setup_py(source: Source) -> Iterator[Pin]:
    """setup.py: the strings that are requirements with a version."""
    for start, line in lines(source):
        yield from quoted(source, start, line, r"[\w.-]+(?:\[[^\]]*\])?\s*[=<>!~]")


def read_lock(source: Source) -> Iterator[Pin]:
    """uv.lock, poetry.lock, pdm.lock, pylock.toml: `name` and `version` of each package."""
    for block in re.finditer(r"^\[\[packages?\]\](?:(?!^\[).*(?:\n|$))*", source.text, re.MULTILINE):
        name = re.search(r'^name = "([^"]+)"', block[0], re.MULTILINE)
        version = re.search(r'^version = "([^"]+)"', block[0], re.MULTILINE)
        if name and version:
            start = min(name.start(), version.start())
            end = max(name.end(), version.end())
            yield from pin_of(source, block.start() + start, name[1], f"=={version[1]}", end - start)


def read_pixi_lock(source: Source) -> Iterator[Pin]:
    """pixi.lock: names and versions in the file names of packages."""
    pattern = r"/([A-Za-z0-9_]+(?:[-_][A-Za-z_]+)*)-(\d+[0-9a-z.]*)(?:(?:%2B|\+)[\w.]+)?-[^/\s]*\.(?:whl|conda|tar\.bz2)"
    for match in re.finditer(pattern, source.text):
        yield from conda_pin(source, match.start(1), match[1], f"=={match[2]}", len(match[1]) + 1 + len(match[2]))


def read_conda(source: Source) -> Iterator[Pin]:
    """environment.yml: `- name=1.2` (any 1.2), `- channel::name>=1.2`, and the pip list."""
    section, pip = "", False
    for start, line in lines(source):
        if line[:1].isalpha():
            section, pip = line.partition(":")[0], False
        if section not in ("", "dependencies"):
            continue
        item = re.match(r"""\s*-\s*["']?(?:[\w./-]+::)?(?=[A-Za-z0-9])""", line)
        if item is None or line.rstrip().endswith(":"):
            pip = line.strip() == "- pip:"
            continue
        text = line[item.end() :].rstrip(" \r\n\"'")
        found = None if pip else re.match(r"([A-Za-z0-9._-]+?)(?:\[[^\]]*\])?\s*(=.*|[<>!~].*|\s\d[\w.*]*)?$", text)
        if found:
            yield from conda_pin(source, start + item.end(), found[1], conda_version(found[2] or ""), len(text))
        else:
            yield from requirement(source, start + item.end(), text)


FOLDER = "requirements"
READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        re.compile(r"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)"),
        Reader(read_requirements, includes=included),
    ),
    (re.compile(r"pyproject\.toml"), Reader(read_pyproject)),
    (re.compile(r"pixi\.toml"), Reader(read_pixi)),
    (re.compile(r"setup\.cfg"), Reader(read_setup_cfg)),
    (re.compile(r"setup\.py"), Reader(read_setup_py)),
    (re.compile(r"(?:uv|poetry|pdm)\.lock|pylock(?:\..+)?\.toml"), Reader(read_lock, lock=True)),
    (re.compile(r"pixi\.lock"), Reader(read_pixi_lock, lock=True)),
    (re.compile(r"(?:.*[-_.])?environment(?:[-_.].*)?\.ya?ml|conda(?:[-_.].*)?\.ya?ml"), Reader(read_conda)),
    (re.compile(r"(?:.*\.)?Dockerfile(?:\..*)?|Containerfile|.*\.(?:sh|bash|sbatch|slurm|ipynb)"), Reader(read_commands)),
)


_WHOLE = re.compile(
    r"(?:^|[-_.])(?:lock(?:ed)?|frozen|freeze|pin(?:ned)?|full|all|base|core|common|main|train(?:ing)?|gpu|cuda|cu\d+|prod(?:uction)?"
    r"|runtime|linux)(?:$|[-_.])"
)


def is_part(path: str) -> bool:
    """Whether a requirements file is by its name for a part of the users: `requirements-dev.txt`, `requirements/npu.txt`."""
    folder, _, name = path.rpartition("/")
    stem, _, ending = name.rpartition(".")
    if ending not in ("txt", "in") or not (folder.rpartition("/")[2] == FOLDER or FOLDER in stem):
        return False
    rest = stem.replace(FOLDER, "").strip("-_.")
    return bool(rest) and _WHOLE.search(rest) is None


def reader_of(path: str) -> Reader | None:
    """The reader for a file of this name, or of this path: what lies in a folder `requirements` is a requirements file."""
    folder, _, name = path.rpartition("/")
    if folder.rpartition("/")[2] == FOLDER and name.endswith((".txt", ".in")):
        return READERS[0][1]
    return next((reader for pattern, reader in READERS if pattern.fullmatch(name)), None)
