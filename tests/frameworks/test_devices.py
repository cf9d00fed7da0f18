"""What a written `device_map` means."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import only, program

from qp_lint.frameworks.devices import device_map
from qp_lint.frameworks.quantizers import size_of
from qp_lint.tree import possible


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ('"auto"', "auto"),
        ('"cuda:1"', "device:1"),
        ('{"": 0}', "device:0"),
        ('{"model": 0, "lm_head": 0}', "device:0"),
        ('{"model": 0, "lm_head": 1}', "custom"),
        ('{"model": 0, "lm_head": "cpu"}', "offload"),
        ('{"model": "cpu", "lm_head": "disk"}', "offload"),
        ('{"": "cpu"}', "cpu"),
        ('{"": int(os.environ.get("LOCAL_RANK", 0))}', "per-rank"),
        ('lib.device("cuda:1")', "device:1"),
        ('lib.device("cuda", 1)', "device:1"),
        ('{"": lib.device("cuda:0")}', "device:0"),
        ('lib.device("cuda")', "per-rank"),
        ('lib.device("cuda", int(os.environ["LOCAL_RANK"]))', "per-rank"),
        ("None", None),
    ],
)
def test_device_map(text: str, meaning: str | None) -> None:
    call = only(program(f"import os\nimport lib\nlib.load(device_map={text})"), "lib.load")
    assert possible(device_map(call.keywords["device_map"].value)) == ((meaning,), True)


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("int8_weight_only", 8),
        ("Int8DynamicActivationInt4WeightConfig", 4),
        ("int8_dynamic_activation_int4_weight", 4),
        ("Float8WeightOnlyConfig", 8),
        ("float8_e4m3", 8),
        ("autoquant", None),
    ],
)
def test_bits_of_a_type(name: str, bits: int | None) -> None:
    assert size_of(name) == bits
