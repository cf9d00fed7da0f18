"""Pins as they are written in real requirement files."""

from __future__ import annotations

import pytest

from qp_lint.requirements.files import reader_of
from qp_lint.text import Source


def pins(name: str, text: str) -> dict[str, str]:
    reader = reader_of(name)
    assert reader is not None
    found = {}
    for pin in reader.read(Source(name, text)):
        assert pin.span.text.startswith(("name", "transf", "peft", "accel", "bits", "torch", "deepspeed", "trl"))
        found[pin.package] = pin.specifier
    return found


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("requirements.txt", "transformers==4.51.3  # pinned\n", {"transformers": "==4.51.3"}),
        ("requirements-gpu.txt", "peft >= 0.10, < 0.12\r\n", {"peft": ">=0.10,<0.12"}),
        ("requirements.txt", "transformers[torch]>=4.40 ; python_version >= '3.10'\n", {"transformers": ">=4.40"}),
        ("requirements.txt", "transformers==4.51.3 --hash=sha256:abcd \\\n    --hash=sha256:ef\n", {"transformers": "==4.51.3"}),
        ("requirements.txt", "transformers @ git+https://github.com/huggingface/transformers\n", {}),
        ("requirements.txt", "git+https://github.com/huggingface/transformers@v4.40\n", {}),
        ("requirements.txt", "requests==2.0\n-e .\n", {}),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["transformers>=4.55,<5", "peft"]\n',
            {"transformers": ">=4.55,<5", "peft": ""},
        ),
        ("pyproject.toml", '[dependency-groups]\ntrain = [\n  "bitsandbytes==0.46.1",\n]\n', {"bitsandbytes": "==0.46.1"}),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntransformers = "^4.40"\n', {"transformers": ">=4.40,<5"}),
        ("pyproject.toml", '[tool.poetry.dependencies]\npeft = {version = "~0.10", extras = ["x"]}\n', {"peft": ">=0.10,<0.11"}),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    transformers>=4.30\n    torch\n",
            {"transformers": ">=4.30", "torch": ""},
        ),
        ("uv.lock", '[[package]]\nname = "transformers"\nversion = "4.57.1"\n', {"transformers": "==4.57.1"}),
        ("poetry.lock", '[[package]]\nname = "accelerate"\nversion = "1.10.1"\ndescription = ""\n', {"accelerate": "==1.10.1"}),
        ("pixi.lock", "- pypi: https://files/ab/transformers-4.51.3-py3-none-any.whl\n", {"transformers": "==4.51.3"}),
        (
            "environment.yml",
            "dependencies:\n  - python=3.11\n  - transformers=4.51\n  - pip:\n    - peft==0.15.2\n",
            {"transformers": "==4.51.*", "peft": "==0.15.2"},
        ),
        (
            "Dockerfile",
            "RUN pip install 'transformers==4.51.3' \\\n    peft>=0.15 requests\n",
            {"transformers": "==4.51.3", "peft": ">=0.15"},
        ),
        ("setup.sh", "pip install -U transformers==4.44.2 && python x.py\n", {"transformers": "==4.44.2"}),
        ("nb.ipynb", '"source": ["!pip install -q transformers==4.44.2 peft\\n"]', {"transformers": "==4.44.2", "peft": ""}),
    ],
)
def test_pins(name: str, text: str, expected: dict[str, str]) -> None:
    assert pins(name, text) == expected


@pytest.mark.parametrize("name", ["train.py", "README.md", "requirements.md", "my.lock"])
def test_other_files_are_no_requirements(name: str) -> None:
    assert reader_of(name) is None
