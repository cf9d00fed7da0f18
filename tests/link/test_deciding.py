"""A finding names the value that decided, in a condition, that the code in question runs."""

from __future__ import annotations

from pathlib import Path

import pytest

import qp_lint

HEAD = (
    "from transformers import AutoModelForCausalLM, BitsAndBytesConfig, HqqConfig, Trainer, TrainingArguments\nimport settings\n"
)
TAIL = """
model = AutoModelForCausalLM.from_pretrained("m/base", quantization_config=quantization)
Trainer(model=model, args=TrainingArguments("out", deepspeed="z3.json"), train_dataset=[]).train()
"""


def deciding(root: Path, code: str, settings: str) -> list[str]:
    """The lines that decided, of the findings in a project whose script makes `quantization` with `code`."""
    files = {
        "train.py": HEAD + code + TAIL,
        "settings.py": settings,
        "z3.json": '{"zero_optimization": {"stage": 3}}',
        "run.sh": "torchrun --nproc_per_node 8 train.py",
        "requirements.txt": "transformers==4.57.1\n",
    }
    for name, text in files.items():
        (root / name).write_text(text)
    found = {
        f"{Path(place.path).name}: {(root / Path(place.path).name).read_text().splitlines()[place.start.line - 1]}"
        for diagnostic in qp_lint.check([root])
        if diagnostic.code == "QP250"
        for place in diagnostic.related
        if place.message.startswith("decides on")
    }
    return sorted(found)


@pytest.mark.parametrize(
    "code",
    [
        'if settings.METHOD == "hqq":\n    quantization = HqqConfig(nbits=4)\nelse:\n    quantization = None\n',
        'quantization = HqqConfig(nbits=4) if settings.METHOD == "hqq" else None\n',
        'quantization = {"hqq": HqqConfig(nbits=4), "none": None}[settings.METHOD]\n',
        'quantization = {"hqq": HqqConfig(nbits=4)}.get(settings.METHOD)\n',
        "def hqq():\n    return HqqConfig(nbits=4)\n\n"
        'quantization = {"hqq": hqq, "bnb": BitsAndBytesConfig}[settings.METHOD]()\n',
        'match settings.METHOD:\n    case "hqq":\n        quantization = HqqConfig(nbits=4)\n'
        "    case _:\n        quantization = None\n",
        'def make():\n    if settings.METHOD == "bnb":\n        return BitsAndBytesConfig(load_in_4bit=True)\n'
        "    return HqqConfig(nbits=4)\n\nquantization = make()\n",
        'def make(method):\n    if method in ("hqq", "hqq4"):\n        return HqqConfig(nbits=4)\n\n'
        "quantization = make(settings.METHOD)\n",
        'bnb = settings.METHOD == "bnb"\nif not bnb:\n    options = {"nbits": 4}\n    quantization = HqqConfig(**options)\n',
    ],
    ids=["if", "conditional", "item", "get", "function", "match", "return", "argument", "not"],
)
def test_the_value_that_decided_is_shown(code: str, tmp_path: Path) -> None:
    (line,) = deciding(tmp_path, code, 'METHOD = "hqq"  # or bnb\n')
    assert line in ('settings.py: METHOD = "hqq"  # or bnb', 'train.py: bnb = settings.METHOD == "bnb"')


@pytest.mark.parametrize(
    "code",
    [
        "quantization = HqqConfig(nbits=4)\n",
        'if __name__ == "__main__":\n    quantization = HqqConfig(nbits=4)\n',
        "if True:\n    quantization = HqqConfig(nbits=4)\n",
        'if not settings.METHOD:\n    raise ValueError("no method")\nquantization = HqqConfig(nbits=4)\n',
        'quantization = {"hqq": HqqConfig(nbits=4)}["hqq"]\n',
    ],
    ids=["plain", "main", "constant", "guard", "literal-key"],
)
def test_nothing_is_shown_where_no_value_decided(code: str, tmp_path: Path) -> None:
    assert deciding(tmp_path, code, 'METHOD = "hqq"\n') == []


def test_the_innermost_of_nested_conditions_counts(tmp_path: Path) -> None:
    code = (
        'if settings.MODE == "train":\n    if settings.METHOD == "hqq":\n        quantization = HqqConfig(nbits=4)\n'
        "    else:\n        quantization = None\n"
    )
    assert deciding(tmp_path, code, 'MODE = "train"\nMETHOD = "hqq"\n') == ['settings.py: METHOD = "hqq"']


def test_what_decided_on_a_deciding_value_follows(tmp_path: Path) -> None:
    code = (
        'method = "hqq" if settings.SMALL else "bnb"\n'
        'if method == "hqq":\n    quantization = HqqConfig(nbits=4)\nelse:\n    quantization = None\n'
    )
    assert deciding(tmp_path, code, "SMALL = True\n") == [
        "settings.py: SMALL = True",
        'train.py: method = "hqq" if settings.SMALL else "bnb"',
    ]
