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
        words = pin.span.text.replace('name = "', "").lower().replace("pytorch", "torch")
        assert pin.package[:5] in words or words.startswith("version"), "a finding would point here"
        found[pin.package] = pin.specifier
    return found


REQUIREMENTS = """\
# made by hand
--extra-index-url https://download.pytorch.org/whl/cu121
-c constraints.txt
torch==2.4.0+cu121
transformers[sentencepiece,torch] >=4.44.0,<4.50 ; python_version >= "3.9"  # 4.50 breaks
peft == 0.12.0 \\
    --hash=sha256:9c6c3a \\
    --hash=sha256:0b1d2e
    # via -r requirements.in
accelerate~=0.34.2;sys_platform=="linux"
bitsandbytes==0.41.1; sys_platform == 'win32'
bitsandbytes==0.43.3; sys_platform != 'win32' --hash=sha256:abc
deepspeed (>=0.14)
trl @ git+https://github.com/huggingface/trl.git@v0.9.6
git+https://github.com/huggingface/optimum.git@main
-e git+https://github.com/axolotl-ai-cloud/axolotl.git@v0.19.0#egg=axolotl
autoawq @ https://github.com/casper-hansen/AutoAWQ/releases/download/v0.2.5/autoawq-0.2.5+cu118-cp310-cp310-linux_x86_64.whl
https://files.pythonhosted.org/packages/ab/torchao-0.7.0-cp39-abi3-manylinux_2_17_x86_64.whl
"""
PEP_621 = """\
[build-system]
requires = ["setuptools>=61", "torch"]

[project]
name = "tune"
keywords = ["autoawq", "transformers"]
dependencies = [
  "transformers>=4.55,<5",  # the 5 changed dtype
  "peft[extra]~=0.17.0",
  "torch==2.7.1", "torchvision==0.22.1",
  'accelerate>=1.8 ; extra == "train"',
]

[project.optional-dependencies]
gpu = ["bitsandbytes>=0.46; platform_system == 'Linux'", "deepspeed==0.16.9"]

[dependency-groups]
dev = ["pytest", {include-group = "lint"}, "trl==0.19.1"]

[tool.uv]
constraint-dependencies = ["torchao<0.14"]

[tool.uv.sources]
trl = { git = "https://github.com/huggingface/trl", tag = "v0.20.0" }

[tool.pdm.dev-dependencies]
test = ["optimum>=1.20"]
"""
POETRY = """\
[tool.poetry.dependencies]
python = "^3.10"
transformers = "^4.40"
peft = { version = "~0.11.0", optional = true }
accelerate = ">=0.30,<1.0"
bitsandbytes = {version = "0.43.3", markers = "sys_platform == 'linux'"}
trl = {git = "https://github.com/huggingface/trl", rev = "main"}

[tool.poetry.group.train.dependencies]
deepspeed = "*"

[tool.poetry.dependencies.optimum]
version = "^1.20"
extras = ["exporters"]

[tool.poetry.extras]
all = ["autoawq"]
"""
PIXI = """\
[workspace]
name = "tune"
version = "0.1.0"

[dependencies]
python = "3.11.*"
pytorch = "2.4.*"
transformers = ">=4.44,<5"

[pypi-dependencies]
peft = "==0.12.0"
trl = { version = "*", extras = ["peft"] }

[feature.train.dependencies]
accelerate = "~=0.33"
"""
OLD_POETRY_LOCK = """\
[[package]]
category = "main"
description = "State-of-the-art Machine Learning"
name = "transformers"
optional = false
python-versions = ">=3.7.0"
version = "4.30.2"

[package.dependencies]
torch = {version = ">=1.9", optional = true}
"""
UV_LOCK = """\
version = 1

[[package]]
name = "accelerate"
version = "1.10.1"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "torch", version = "2.8.0" },
]

[[package]]
name = "torch"
version = "2.8.0+cu128"
"""
PIXI_LOCK = """\
- conda: https://conda.anaconda.org/conda-forge/linux-64/pytorch-2.5.1-cuda126_py311_mkl.conda
- conda: https://conda.anaconda.org/conda-forge/noarch/transformers-4.51.3-pyhd8ed1ab_0.conda
- pypi: https://files.pythonhosted.org/packages/x/bitsandbytes-0.45.5-py3-none-manylinux_2_24_x86_64.whl
"""
ENVIRONMENT = """\
name: tune
channels:
  - pytorch
  - conda-forge
dependencies:
  - python=3.11
  - pytorch::pytorch=2.3.1=py3.11_cuda12.1_cudnn8_0
  - transformers=4.51
  - conda-forge::accelerate>=0.30,<1
  - peft =0.11.1
  - trl 0.9.6
  - pip
  - pip:
      - deepspeed==0.14.4
      - "torchao >= 0.4"
      - git+https://github.com/huggingface/optimum.git
"""
DOCKERFILE = """\
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
ARG TRANSFORMERS_VERSION=4.44.2
ENV PEFT=0.12.0
RUN python3 -m pip install --no-cache-dir "transformers[torch]==${TRANSFORMERS_VERSION}" peft==$PEFT \\
    # what quantizes
    'bitsandbytes >= 0.43, < 0.45' \\
    deepspeed \\
 && pip3 install -U git+https://github.com/huggingface/accelerate.git@v0.34.2
RUN pip uninstall -y optimum && uv pip install --system trl~=0.10.1 "torch==${TORCH}"
"""
SHELL = """\
pip install -r requirements.txt
pip install -q -U 'transformers>=4.40'  # torchao comes later
pip install torch==2.3.1 --index-url https://download.pytorch.org/whl/cu121
# pip install optimum==1.20.0
uv add "accelerate<1"
pip3.11 install "peft @ git+https://github.com/huggingface/peft@v0.11.1"
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "requirements.txt",
            REQUIREMENTS,
            {
                **{"torch": "==2.4.0+cu121", "transformers": ">=4.44.0,<4.50", "peft": "==0.12.0", "accelerate": "~=0.34.2"},
                **{"bitsandbytes": "==0.43.3", "deepspeed": ">=0.14", "trl": "==0.9.6", "axolotl": "==0.19.0"},
                **{"autoawq": "==0.2.5", "torchao": "==0.7.0"},
            },
        ),
        ("requirements-gpu.txt", "peft >= 0.10, < 0.12\r\n", {"peft": ">=0.10,<0.12"}),
        ("requirements/train.txt", "peft==0.10.0\n", {"peft": "==0.10.0"}),
        ("requirements.txt", "transformers @ git+https://github.com/huggingface/transformers\n", {}),
        ("requirements.txt", "git+https://github.com/huggingface/transformers@v4.49.0-SmolVLM-2\n", {"transformers": "==4.49.0"}),
        ("requirements.txt", "git+https://github.com/huggingface/transformers@4f9da1d2c1\n", {}),
        ("requirements.txt", "requests==2.0\n-e .\n", {}),
        (
            "pyproject.toml",
            PEP_621,
            {
                **{
                    "torch": "==2.7.1",
                    "transformers": ">=4.55,<5",
                    "peft": "~=0.17.0",
                    "accelerate": ">=1.8",
                    "bitsandbytes": ">=0.46",
                },
                **{"deepspeed": "==0.16.9", "trl": "==0.19.1", "torchao": "<0.14", "optimum": ">=1.20"},
            },
        ),
        (
            "pyproject.toml",
            POETRY,
            {
                **{"transformers": ">=4.40,<5", "peft": ">=0.11.0,<0.12", "accelerate": ">=0.30,<1.0"},
                **{"bitsandbytes": "==0.43.3", "deepspeed": "", "optimum": ">=1.20,<2"},
            },
        ),
        ("pyproject.toml", '[tool.pixi.feature.cuda.dependencies]\npytorch-gpu = ">=2.4,<3"\n', {"torch": ">=2.4,<3"}),
        (
            "pixi.toml",
            PIXI,
            {"torch": "==2.4.*", "transformers": ">=4.44,<5", "peft": "==0.12.0", "trl": "", "accelerate": "~=0.33"},
        ),
        (
            "setup.cfg",
            "[metadata]\nversion = attr: transformers.version\n[options]\npython_requires = >=3.8\ninstall_requires =\n"
            "    transformers>=4.30; python_version>'3.7'\n    torch\n    # trl==0.9\n[options.extras_require]\n"
            "train = peft==0.10.0\nquant =\n    bitsandbytes>=0.43\n",
            {"transformers": ">=4.30", "torch": "", "peft": "==0.10.0", "bitsandbytes": ">=0.43"},
        ),
        (
            "setup.py",
            "setup(install_requires=['transformers[torch]>=4.30,<4.40', \"peft == 0.10.0\"], keywords='trl')\n",
            {"transformers": ">=4.30,<4.40", "peft": "==0.10.0"},
        ),
        ("uv.lock", UV_LOCK, {"accelerate": "==1.10.1", "torch": "==2.8.0+cu128"}),
        ("poetry.lock", '[[package]]\nname = "accelerate"\nversion = "1.10.1"\ndescription = ""\n', {"accelerate": "==1.10.1"}),
        ("poetry.lock", OLD_POETRY_LOCK, {"transformers": "==4.30.2"}),
        ("pdm.lock", '[[package]]\r\nname = "trl"\r\nversion = "0.9.6"\r\n', {"trl": "==0.9.6"}),
        ("pylock.toml", 'lock-version = "1.0"\n\n[[packages]]\nname = "trl"\nversion = "0.21.0"\n', {"trl": "==0.21.0"}),
        ("pixi.lock", PIXI_LOCK, {"torch": "==2.5.1", "transformers": "==4.51.3", "bitsandbytes": "==0.45.5"}),
        (
            "environment.yml",
            ENVIRONMENT,
            {
                **{"torch": "==2.3.1", "transformers": "==4.51.*", "accelerate": ">=0.30,<1", "peft": "==0.11.1"},
                **{"trl": "==0.9.6", "deepspeed": "==0.14.4", "torchao": ">=0.4"},
            },
        ),
        (
            "Dockerfile",
            DOCKERFILE,
            {
                **{"transformers": "==4.44.2", "peft": "==0.12.0", "bitsandbytes": ">=0.43,<0.45", "deepspeed": ""},
                **{"accelerate": "==0.34.2", "trl": "~=0.10.1", "torch": ""},
            },
        ),
        ("setup.sh", SHELL, {"transformers": ">=4.40", "torch": "==2.3.1", "accelerate": "<1", "peft": "==0.11.1"}),
        ("setup.sh", "pip install -U transformers==4.44.2 && python x.py\n", {"transformers": "==4.44.2"}),
        ("nb.ipynb", '"source": ["!pip install -q transformers==4.44.2 peft\\n"]', {"transformers": "==4.44.2", "peft": ""}),
    ],
)
def test_pins(name: str, text: str, expected: dict[str, str]) -> None:
    assert pins(name, text) == expected


@pytest.mark.parametrize("name", ["train.py", "README.md", "requirements.md", "my.lock", "notes.txt"])
def test_other_files_are_no_requirements(name: str) -> None:
    assert reader_of(name) is None
