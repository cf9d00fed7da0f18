"""ms-swift: `swift sft|pt|rlhf|…`, its scripts under other launchers, its YAML and JSON files, its Python entry points.

Facts: ms-swift 4.6.0 and the releases 2.6.1, 3.0.0 to 3.12.0 and 4.0.0 (swift/cli/main.py, swift/arguments/; before 4.0
swift/llm/argument/).
"""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.swift.launch import SCRIPTS, claims, cli, entry_point, megatron, module, read_config, recognise
from qp_lint.frameworks.training_writes import while_loading

FRAMEWORK = Framework(
    name="swift",
    packages=("swift",),
    words=("swift", "tuner_type", "train_type"),
    calls={"swift:sft_main": entry_point, "swift:pt_main": entry_point, "swift:rlhf_main": entry_point},
    roots=("swift:sft_main", "swift:pt_main", "swift:rlhf_main"),
    programs={"swift": cli, "megatron": megatron},
    modules={
        "swift.cli.main": cli,
        "swift.cli.sft": module("sft"),
        "swift.cli.pt": module("pt"),
        "swift.cli.rlhf": module("rlhf"),
    },
    config=ConfigReader(recognise, read_config),
    scripts=tuple(f"*/{end}" for end in SCRIPTS),
    claims=claims,
    writes={"quantization.origin": while_loading("model", {"quant_method": "bnb", "quant_bits": 4})},
)
