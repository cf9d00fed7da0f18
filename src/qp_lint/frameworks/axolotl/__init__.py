"""Axolotl: `axolotl train`, its module under other launchers, its YAML configurations."""

from __future__ import annotations

from qp_lint.frameworks.axolotl.derived import finish
from qp_lint.frameworks.axolotl.launch import SCRIPTS, TRAIN, claims, cli, module, read_config, recognise
from qp_lint.frameworks.base import REMOVE, ConfigReader, Framework
from qp_lint.frameworks.training_writes import while_loading

FRAMEWORK = Framework(
    name="axolotl",
    packages=("axolotl",),
    words=("base_model", "axolotl"),
    programs={"axolotl": cli},
    modules={"axolotl.cli.main": cli, TRAIN: module},
    config=ConfigReader(recognise, read_config),
    scripts=tuple(f"*/{end}" for end in SCRIPTS),
    claims=claims,
    finish=finish,
    writes={"quantization.origin": while_loading("base_model", {"load_in_4bit": True, "adapter": "qlora", "gptq": REMOVE})},
)
