"""Which of several requirement files counts for a run."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import project

from qp_lint.requirements import Requirements
from qp_lint.requirements.files import is_part


def test_a_name_without_a_version_does_not_hide_a_pin_further_up() -> None:
    files = {
        "requirements.txt": "transformers==4.51.3\npeft==0.15.2\n",
        "train/requirements.txt": "transformers\nautoawq\npeft>=0.17\n",
    }
    versions = Requirements(project({**files, "train/train.py": ""})).versions("train/train.py")
    assert versions.candidates("transformers") == ("4.51.3",)
    assert versions.candidates("peft")[0] == "0.17.1"


def test_a_name_without_a_version_is_judged_as_the_newest_release() -> None:
    versions = Requirements(project({"requirements.txt": "autoawq\n"})).versions("train.py")
    assert "autoawq" in versions.admitted
    assert len(versions.candidates("autoawq")) == 1
    assert "newest release" in versions.describe("autoawq")


def admitted(files: dict[str, str], path: str = "train.py") -> dict[str, str]:
    versions = Requirements(project(files)).versions(path)
    return {package: found.specifier for package, found in versions.admitted.items()}


def test_included_files_may_have_any_name_and_a_constraint_narrows_a_range() -> None:
    files = {
        "requirements.txt": "-r deps/base.in\n-c pins/upper.txt\ntransformers>=4.40\n",
        "deps/base.in": "-r ../requirements.txt\npeft==0.12.0\n",  # a circle
        "pins/upper.txt": "transformers<4.45\naccelerate==0.33.0\n",
    }
    assert admitted(files) == {"transformers": ">=4.40,<4.45", "peft": "==0.12.0", "accelerate": "==0.33.0"}
    assert Requirements(project(files)).versions("train.py").candidates("transformers") == (
        *("4.40.2", "4.41.2", "4.42.4", "4.43.4", "4.44.2"),
    )


def test_alternatives_are_not_mixed() -> None:
    files = {"requirements-new.txt": "transformers>=5.0\n", "requirements-old.txt": "transformers<4.40\n"}
    assert admitted(files) == {"transformers": ">=5.0"}
    assert admitted({"pyproject.toml": '[project.optional-dependencies]\na = ["peft>=0.17"]\nb = ["peft<0.9"]\n'}) == {
        "peft": ">=0.17"
    }


def test_the_nearest_folder_wins_then_the_lock_then_the_pin() -> None:
    files = {
        "pyproject.toml": '[project]\ndependencies = ["transformers>=4.40", "peft", "trl>=0.9"]\n',
        "uv.lock": '[[package]]\nname = "transformers"\nversion = "4.51.3"\n',
        "requirements/gpu.txt": "trl==0.9.6\n",
        "jobs/a/requirements.txt": "transformers<5\n",
    }
    assert admitted(files) == {"transformers": "==4.51.3", "peft": "", "trl": "==0.9.6"}
    assert admitted(files, "jobs/a/train.py")["transformers"] == "<5"
    assert admitted(files, "jobs/b/train.py")["transformers"] == "==4.51.3"


def test_a_range_between_two_known_releases_is_judged_as_one_that_it_admits() -> None:
    for specifier, candidate in {
        "~=4.57.1": "4.57.6",
        "==4.57.1.*": "4.57.1",
        ">=4.57.1,<4.57.3": "4.57.1",
        ">4.57.6,<4.58": "4.57.6",
        ">=99": "99",
        "<4.20": "4.30.2",
    }.items():
        versions = Requirements(project({"requirements.txt": f"transformers{specifier}\n"})).versions("train.py")
        assert versions.candidates("transformers") == (candidate,), specifier


@pytest.mark.parametrize(
    ("name", "part"),
    [
        *(("requirements.txt", False), ("requirements/base.txt", False), ("requirements-cu121.txt", False)),
        *(("requirements_frozen.txt", False), ("gpu-requirements.txt", False), ("sub/requirements.in", False)),
        *(("requirements/npu.txt", True), ("requirements-dev.txt", True), ("docs/requirements_docs.txt", True)),
        *(("rocm-requirements.txt", True), ("constraints.txt", False)),
    ],
)
def test_files_for_a_part_of_the_users(name: str, part: bool) -> None:
    assert is_part(name) is part


def test_what_some_users_install_does_not_hide_what_all_do() -> None:
    files = {
        "pyproject.toml": '[project]\ndependencies = ["transformers>=4.55,<=5.6"]\n',
        "requirements/npu.txt": "torch==2.7.1\ntransformers==4.57.1\n",
    }
    versions = Requirements(project(files)).versions("train.yaml")
    assert versions.describe("transformers") == "transformers>=4.55,<=5.6 (pyproject.toml:2)"
    assert versions.describe("torch") == "torch==2.7.1 (requirements/npu.txt:1)"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "pyproject.toml": '[project]\nname = "llamafactory"\ndynamic = ["version"]\n\n[tool.setuptools.dynamic]\n'
                'version = {attr = "llamafactory.extras.env.VERSION"}\n',
                "src/llamafactory/extras/env.py": 'import os\n\nVERSION = "0.9.4.dev0"\n',
            },
            "llamafactory==0.9.4.dev0 (src/llamafactory/extras/env.py:3)",
        ),
        (
            {
                "pyproject.toml": '[project]\nname = "axolotl"\n[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n',
                "VERSION": "0.18.0\n",
            },
            "axolotl==0.18.0 (VERSION:1)",
        ),
        ({"pyproject.toml": '[project]\nname = "Axolotl"\nversion = "0.19.0"\n'}, "axolotl==0.19.0 (pyproject.toml:3)"),
        (
            {"setup.py": 'setup(\n    name="openrlhf",\n    version=_fetch_version(),\n)\n', "version.txt": "0.8.1\n"},
            "openrlhf==0.8.1 (version.txt:1)",
        ),
    ],
)
def test_a_clone_has_the_version_that_it_gives_itself(files: dict[str, str], expected: str) -> None:
    assert (
        Requirements(project(files)).versions("examples/train.yaml").describe(expected.replace("=", " ").split()[0]) == expected
    )
