"""LLaMA-Factory: `llamafactory-cli`, its scripts under other launchers, its YAML and JSON configurations of both engines."""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.llamafactory.derived import finish
from qp_lint.frameworks.llamafactory.launch import SCRIPTS, claims, cli, module, read_config, recognise, run_exp
from qp_lint.frameworks.training_writes import while_loading

FRAMEWORK = Framework(
    name="llamafactory",
    packages=("llamafactory", "llmtuner"),
    words=("model_name_or_path", "dist_config", "quant_config", "kernel_config", "train_dataset", "llamafactory", "llmtuner"),
    programs={"llamafactory-cli": cli, "lmf": cli},
    modules={"llamafactory.cli": cli, "llamafactory.launcher": module},
    config=ConfigReader(recognise, read_config),
    calls={"llamafactory:run_exp": run_exp},
    roots=("llamafactory:run_exp",),
    scripts=("*train.py", *(f"*/{end}" for end in SCRIPTS)),
    claims=claims,
    finish=finish,
    writes={"quantization.origin": while_loading("model_name_or_path", {"quantization_bit": 4})},
)
