"""The project of a cell, as a user of each framework would write it."""

from __future__ import annotations

from qp_lint.matrix.projects import commands, configs, huggingface
from qp_lint.matrix.projects.parts import Project

PROJECTS: dict[str, Project] = {
    "transformers": huggingface.transformers,
    "trl": huggingface.trl,
    "accelerate": huggingface.accelerate,
    "llamafactory": configs.llamafactory,
    "axolotl": configs.axolotl,
    "swift": commands.swift,
    "unsloth": huggingface.unsloth,
    "lightning": huggingface.lightning,
    "litgpt": commands.litgpt,
    "torchtune": commands.torchtune,
    "openrlhf": commands.openrlhf,
    "automodel": configs.automodel,
    "llama-cookbook": commands.llama_cookbook,
    "lmflow": commands.lmflow,
    "h2o-llmstudio": configs.h2o_llmstudio,
    "autotrain": configs.autotrain,
    "xtuner": commands.xtuner,
    "colossalai": huggingface.colossalai,
}
