"""Which of several requirement files counts for a run."""

from __future__ import annotations

from tests.evaluate.programs import project

from qp_lint.requirements import Requirements


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
