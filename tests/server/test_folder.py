"""A check after an edit shows what a check of everything would show."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.test_pipeline import PROJECT, written

from qp_lint.server.folder import Folder

PROJECTS = Path(__file__).parents[1] / "projects"
TRIED = (
    *("frameworks/llava-bits4-zero3", "output/ignore-comments"),
    *("carriers/notebook-launches-script", "carriers/heredoc-config"),
)


def opened(root: Path, texts: dict[str, str]) -> Folder:
    return Folder(root, lambda: dict(texts))


@pytest.mark.parametrize("name", TRIED)
def test_an_edit_of_any_file_shows_what_a_whole_check_shows(name: str, tmp_path: Path) -> None:
    root = shutil.copytree(PROJECTS / name, tmp_path / name)
    (root / "pyproject.toml").touch()
    texts: dict[str, str] = {}
    folder = opened(root, texts)
    folder.update()
    assert folder.known is not None
    assert folder.shown
    for path in folder.known.result.project.files:
        before = (root / path).read_text(encoding="utf-8")
        for text in (before + "\n", before[: len(before) // 2], before):
            texts[str(root / path)] = text
            folder.changed.append(str(root / path))
            folder.update()
            whole = opened(root, texts)
            whole.update()
            assert folder.shown == whole.shown, (path, text[-80:])


def test_edits_far_from_any_run_are_cheap_and_new_launches_are_found(tmp_path: Path) -> None:
    root = written(tmp_path, {**PROJECT, "pyproject.toml": "", "notes.py": "import transformers\n"})
    texts: dict[str, str] = {}
    folder = opened(root, texts)
    folder.update()
    at_first = folder.shown
    assert [each["code"] for each in at_first[str(root / "configs/ds_z3.json")] + at_first.get(str(root / "train.yaml"), [])]
    texts[str(root / "notes.py")] = "import transformers, torch\n"
    folder.changed.append(str(root / "notes.py"))
    folder.update()
    assert folder.shown == at_first
    texts[str(root / "run.sh")] = PROJECT["run.sh"].replace("train.yaml", "train.yaml deepspeed=null")
    folder.changed.append(str(root / "run.sh"))
    folder.update()
    assert folder.shown.keys() != at_first.keys() or folder.shown != at_first
    del texts[str(root / "run.sh")]  # closed without saving
    folder.changed.append(str(root / "run.sh"))
    folder.update()
    assert folder.shown == at_first


def test_what_a_launch_script_installs_counts_for_its_neighbours(tmp_path: Path) -> None:
    """An edit of the script is otherwise a matter of its own runs."""
    script = (
        "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
        'model = AutoModelForCausalLM.from_pretrained("m", load_in_4bit=True)\n'
        'Trainer(model=model, args=TrainingArguments("out")).train()\n'
    )
    files = {"pyproject.toml": "", "train.py": script, "go.sh": "python train.py\n", "other.py": script, "setup.sh": "echo\n"}
    root = written(tmp_path, files)
    texts: dict[str, str] = {}
    folder = opened(root, texts)
    folder.update()

    def typed(text: str) -> set[str]:
        texts[str(root / "setup.sh")] = text
        folder.changed.append(str(root / "setup.sh"))
        folder.update()
        whole = opened(root, texts)
        whole.update()
        assert folder.shown == whole.shown
        return {str(found["code"]) for found in folder.shown.get(str(root / "other.py"), [])}

    newest = typed("echo hello\n")
    assert typed("echo hello\npip install 'transformers==4.40.0'\n") != newest
    assert typed("echo hello\n\npip install 'transformers==4.40.0'\n") != newest
    assert typed("echo hello\n") == newest
