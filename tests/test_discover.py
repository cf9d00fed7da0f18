"""Which files are looked at, and which are left alone without harm."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.discover import LIMIT, Kind, ReadProblem, decode, discover, kind_of, read_text, root_of

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def tree(root: Path, *paths: str, **texts: str) -> Path:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("", encoding="utf-8")
    return root


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def listed(root: Path, *paths: str, exclude: tuple[str, ...] = (), respect_gitignore: bool = True) -> list[str]:
    named = [root / path for path in paths] or [root]
    return list(discover(named, root=root, exclude=exclude, respect_gitignore=respect_gitignore).files)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a/train.py", None, Kind.PYTHON),
        ("a/TRAIN.PY", None, Kind.PYTHON),
        ("n.ipynb", None, Kind.NOTEBOOK),
        ("c.yml", None, Kind.YAML),
        ("c.yaml", None, Kind.YAML),
        ("ds.json", None, Kind.JSON),
        ("pyproject.toml", None, Kind.TOML),
        *[(f"run.{suffix}", None, Kind.SHELL) for suffix in ("sh", "bash", "sbatch", "slurm", "zsh", "ksh")],
        ("requirements.txt", None, Kind.REQUIREMENTS),
        ("requirements-dev.txt", None, Kind.REQUIREMENTS),
        ("a/requirements/train.in", None, Kind.REQUIREMENTS),
        ("constraints.txt", None, Kind.REQUIREMENTS),
        *[(name, None, Kind.MAKE) for name in ("Makefile", "a/GNUmakefile", "makefile", "Makefile.gpu", "rules.mk")],
        *[(name, None, Kind.JUST) for name in ("justfile", ".justfile", "Justfile", "gpu.just")],
        *[
            (name, None, Kind.DOCKER)
            for name in ("Dockerfile", "Dockerfile.gpu", "train.Dockerfile", "x.dockerfile", "Containerfile")
        ],
        ("train.yaml.j2", None, Kind.YAML),
        ("run.sh.j2", None, Kind.OTHER),
        ("notes.txt", None, Kind.OTHER),
        ("a.md", "#!/bin/sh", Kind.OTHER),
        ("run", "#!/bin/bash\n", Kind.SHELL),
        ("run", "#!/usr/bin/env -S bash -e\n", Kind.SHELL),
        ("run", "#! /usr/bin/env python3\n", Kind.PYTHON),
        ("run", "#!/opt/venv/bin/python3.11 -u\n", Kind.PYTHON),
        ("run", "#!/usr/bin/perl\n", Kind.OTHER),
        ("run", "bash", Kind.OTHER),
        ("run", None, Kind.OTHER),
        (".bashrc", "#!/bin/bash", Kind.OTHER),
    ],
)
def test_kinds(name: str, text: str | None, kind: Kind) -> None:
    assert kind_of(name, text) is kind


def test_the_walk_takes_what_is_read_and_nothing_else(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "b.py",
        "a/c.yaml",
        "a/notes.md",
        ".venv/x.py",
        "node_modules/y.json",
        "a/__pycache__/z.py",
        "build/b.sh",
        ".hidden/d.py",
    )
    write(tmp_path / "a/run", "#!/bin/sh\n")
    assert listed(tmp_path) == [".hidden/d.py", "a/c.yaml", "a/run", "b.py", "build/b.sh"]
    assert listed(tmp_path, "a") == ["a/c.yaml", "a/run"]
    assert listed(tmp_path, "a", "b.py", "a/c.yaml") == ["a/c.yaml", "a/run", "b.py"]


def test_a_named_file_is_taken_whatever_it_is(tmp_path: Path) -> None:
    tree(tmp_path, "a/notes.md", ".venv/x.py", "skip.py")
    write(tmp_path / ".gitignore", "skip.py\n")
    named = ("a/notes.md", ".venv/x.py", "skip.py")
    assert listed(tmp_path, *named, exclude=("skip.py",)) == [".venv/x.py", "a/notes.md", "skip.py"]
    assert listed(tmp_path, ".venv") == [".venv/x.py"]


def test_gitignore(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "a.py",
        "b.py",
        "out/c.py",
        "sub/keep.py",
        "sub/drop.py",
        "sub/out/d.py",
        "sub/deep/e.py",
        "x/local.yaml",
        "big.json",
    )
    write(tmp_path / ".git/info/exclude", "big.json\n")
    write(tmp_path / ".gitignore", "# a comment\n\n/b.py\nout/\ndrop.py\n*.yaml\n")
    write(tmp_path / "sub/.gitignore", "!drop.py\r\ndeep/*\r\n")
    assert listed(tmp_path) == ["a.py", "sub/drop.py", "sub/keep.py"]
    assert listed(tmp_path, "sub") == ["sub/drop.py", "sub/keep.py"]
    assert len(listed(tmp_path, respect_gitignore=False)) == 9


def test_gitignore_above_the_project_counts_up_to_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, "repo/.git/HEAD", "repo/pkg/a.py", "repo/pkg/b.py")
    write(tmp_path / ".gitignore", "a.py\n")
    write(tmp_path / "repo/.gitignore", "pkg/b.py\n")
    assert listed(tmp_path / "repo/pkg") == ["a.py"]


def test_malformed_patterns_are_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "b.py")
    write(tmp_path / ".gitignore", "!\n[z-a].py\n/\n**a\n\\\nb.py\n")
    assert listed(tmp_path) == ["a.py"]


NAMES = st.sampled_from(["a", "b", "c.py", "d.py", "out"])
PATTERNS = st.builds(
    lambda sign, start, parts, end: sign + start + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(st.sampled_from(["a", "b", "*.py", "?.py", "*", "out", "[cd].py", "**/c.py", "**/a"]), min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)


@pytest.mark.skipif(not any((Path(p) / "git").exists() for p in os.get_exec_path()), reason="needs git")
def test_gitignore_is_read_as_git_reads_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    paths = [f"{one}{two}{name}.py" for one in ("", "a/", "b/", "out/") for two in ("", "a/", "out/") for name in "cd"]

    @given(st.lists(PATTERNS | st.sampled_from(["a/**", "!a/**"]), max_size=4), st.lists(PATTERNS, max_size=3))
    def agrees(patterns: list[str], inner: list[str]) -> None:
        write(root / ".gitignore", "\n".join(patterns))
        write(root / "a/.gitignore", "\n".join(inner))
        command = ["git", "ls-files", "-oc", "--exclude-standard", "--", "*.py"]
        expected = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split()
        assert listed(root) == sorted(expected), (patterns, inner)

    root = tree(tmp_path_factory.mktemp("repository"), *paths)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    agrees()


def test_exclude(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "tests/b.py", "sub/tests/c.py", "sub/d.py")
    assert listed(tmp_path, exclude=("tests/", "sub/d.*")) == ["a.py"]


def test_paths_outside_the_root_are_absolute(tmp_path: Path) -> None:
    tree(tmp_path, "in/a.py", "out/b.py")
    found = discover([tmp_path / "in", tmp_path / "out"], root=tmp_path / "in")
    assert found.files == ((tmp_path / "out/b.py").as_posix(), "a.py")


def test_a_missing_path_is_a_problem(tmp_path: Path) -> None:
    tree(tmp_path, "a.py")
    found = discover([tmp_path, tmp_path / "gone.py"], root=tmp_path)
    assert found.files == ("a.py",)
    assert [(note.code, note.path, note.message) for note in found.problems] == [
        ("QP901", "gone.py", "cannot be read: no such file or folder")
    ]


def test_a_path_that_cannot_exist_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    found = discover([tmp_path / "a\0b", tmp_path / "a.py/b", tmp_path / ("x" * 5000)], root=tmp_path)
    assert (found.files, [note.code for note in found.problems]) == ((), ["QP901"] * 3)


@POSIX
def test_symbolic_links(tmp_path: Path) -> None:
    tree(tmp_path, "p/a/x.py", "outside/y.py")
    root = tmp_path / "p"
    (root / "loop").symlink_to(root)
    (root / "a/up").symlink_to("..")
    (root / "inner.py").symlink_to("a/x.py")
    (root / "outer.py").symlink_to(tmp_path / "outside/y.py")
    (root / "self.py").symlink_to("self.py")
    (root / "gone.py").symlink_to("nowhere.py")
    found = discover([root], root=root)
    assert found.files == ("a/x.py", "inner.py")
    assert [(note.path, note.message) for note in found.problems] == [("self.py", "cannot be read: a loop of symbolic links")]


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_problem(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "closed/b.py")
    (tmp_path / "closed").chmod(0)
    found = discover([tmp_path], root=tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert found.files == ("a.py",)
    assert [note.path for note in found.problems] == ["closed"]


@POSIX
@pytest.mark.skipif(sys.platform == "darwin", reason="such names cannot be made")
def test_a_name_that_is_not_utf8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.py")).write_text("")
    found = discover([tmp_path], root=tmp_path)
    assert found.files == ()
    assert [note.code for note in found.problems] == ["QP901"]
    found.problems[0].path.encode()


def test_the_root_is_where_the_project_begins(tmp_path: Path) -> None:
    tree(tmp_path, "p/pyproject.toml", "p/src/a/x.py", "p/src/b/y.py", "q/z.py")
    assert root_of([tmp_path / "p/src/a/x.py"]) == tmp_path / "p"
    assert root_of([tmp_path / "p/src/a", tmp_path / "p/src/b/y.py"]) == tmp_path / "p"
    (tmp_path / "p/src/.git").mkdir()
    assert root_of([tmp_path / "p/src/a", tmp_path / "p/src/b/y.py"]) == tmp_path / "p/src"


@pytest.mark.parametrize(
    ("data", "code", "line", "part"),
    [
        (b"a = 1\nb = '\xe9'\n", "QP903", 2, "0xe9 on line 2"),
        (b"a\r\n\xf0\x9f", "QP903", 2, "UTF-8"),
        (b"\xff\xfea\x00", "QP905", 0, "UTF-16"),
        (b"a\n\x00", "QP905", 2, "NUL"),
        (b"# coding: klingon\n", "QP903", 1, "klingon"),
        (b"#!/usr/bin/python\n# -*- coding: utf-16 -*-\n", "QP903", 2, "utf-16"),
        (b"# coding: ascii\n\xe9\n", "QP903", 2, "ASCII"),
    ],
)
def test_what_is_not_text(tmp_path: Path, data: bytes, code: str, line: int, part: str) -> None:
    (tmp_path / "a.py").write_bytes(data)
    with pytest.raises(ReadProblem) as caught:
        read_text(tmp_path / "a.py")
    assert (caught.value.code, caught.value.line) == (code, line)
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("data", "text", "bom"),
    [
        (b"a\r\nb\rc\n", "a\r\nb\rc\n", False),
        (b"\xef\xbb\xbfa = '\xc3\xa9'", "a = 'é'", True),
        (b"# -*- coding: latin-1 -*-\n'\xe9'", "# -*- coding: latin-1 -*-\n'é'", False),
        (b"#!python\n# vim: set fileencoding=cp1252 :\n'\x80'", "#!python\n# vim: set fileencoding=cp1252 :\n'€'", False),
        (b"x = 1\n# coding: latin-1\n'\xc3\xa9'", "x = 1\n# coding: latin-1\n'é'", False),
        (b"", "", False),
    ],
)
def test_text(tmp_path: Path, data: bytes, text: str, bom: bool) -> None:
    (tmp_path / "a.py").write_bytes(data)
    assert read_text(tmp_path / "a.py") == (text, bom)


def test_only_python_declares_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"# coding: latin-1\n\xe9\n")
    with pytest.raises(ReadProblem, match="line 2"):
        read_text(tmp_path / "a.yaml")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    begin = time.process_time()
    with pytest.raises(ReadProblem, match="larger than 10 MiB") as caught:
        read_text(tmp_path / "a.json")
    assert caught.value.code == "QP904"
    assert time.process_time() - begin < 1
    with (tmp_path / "b.py").open("wb") as file:
        file.write(b"#" * LIMIT)
    assert len(read_text(tmp_path / "b.py")[0]) == LIMIT


@POSIX
@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "pipe.py", "folder.py", "gone.py", "a\0b.py"])
def test_what_is_not_a_file_is_not_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(ReadProblem) as caught:
        read_text(tmp_path / name)
    assert caught.value.code == "QP901"
    assert kind_of(name.removesuffix(".py"), tmp_path / name) in (Kind.OTHER, Kind.SHELL)
    assert listed(tmp_path) == []


@given(st.binary(max_size=60))
def test_decoding_ends_in_text_or_in_a_problem(data: bytes) -> None:
    try:
        text, bom = decode(data, python=True)
    except ReadProblem as problem:
        text, bom = problem.message, False
    assert text.encode("utf-8", "strict") or not data.removeprefix(b"\xef\xbb\xbf")
    assert isinstance(bom, bool)


def test_a_large_tree_is_listed_fast(tmp_path: Path) -> None:
    for folder in range(30):
        (tmp_path / f"d{folder}").mkdir()
        for number in range(100):
            (tmp_path / f"d{folder}/f{number}.py").touch()
    lines = [f"name{i}\n*.ext{i}\nfolder{i}/\n" for i in range(40)]
    write(tmp_path / ".gitignore", "".join(lines))
    discover([tmp_path], root=tmp_path)  # imports
    begin = time.process_time()
    found = discover([tmp_path], root=tmp_path)
    assert len(found.files) == 3000
    assert time.process_time() - begin < 1  # 0.1 s on a quiet machine
