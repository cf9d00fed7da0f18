"""What Axolotl's releases install beside, and the DeepSpeed configurations that they ship."""

from __future__ import annotations

# The newest releases that Axolotl installs beside (its METADATA), by its own release, oldest first.
BESIDE = {
    "0.16.0": {"transformers": "5.4.0", "accelerate": "1.13.0", "bitsandbytes": "0.49.1", "deepspeed": "0.18.9"},
    "0.17.0": {"transformers": "5.9.0", "accelerate": "1.13.0", "bitsandbytes": "0.49.1", "deepspeed": "0.18.9"},
    "0.18.0": {"transformers": "5.14.1", "accelerate": "1.13.0", "bitsandbytes": "0.49.1", "deepspeed": "0.18.9"},
    "0.19.0": {"transformers": "5.16.1", "accelerate": "1.13.0", "bitsandbytes": "0.50.2", "deepspeed": "0.18.9"},
    "0.20.0": {"transformers": "5.17.0", "accelerate": "1.15.0", "bitsandbytes": "0.50.2", "deepspeed": "0.19.8"},
    "0.21.0": {"transformers": "5.20.1", "accelerate": "1.15.0", "bitsandbytes": "0.50.2", "deepspeed": "0.19.8"},
}

AUTO = {"bf16": {"enabled": "auto"}, "fp16": {"enabled": "auto"}}
BF16 = {"bf16": {"enabled": True}}
ZERO2 = {"stage": 2, "offload_optimizer": {"device": "cpu"}}
ZERO3 = {"stage": 3, "gather_16bit_weights_on_model_save": True}
CPU = {"device": "cpu"}
# `axolotl fetch deepspeed_configs` brings these; they rarely lie in a project that names them.
SHIPPED: dict[str, dict[str, object]] = {
    "zero1.json": {"zero_optimization": {"stage": 1}, **AUTO},
    "zero1_torch_compile.json": {"zero_optimization": {"stage": 1}, **AUTO},
    "zero2.json": {"zero_optimization": ZERO2, **AUTO},
    "zero2_torch_compile.json": {"zero_optimization": ZERO2, **AUTO},
    "zero3.json": {"zero_optimization": ZERO3, **AUTO},
    "zero3_bf16.json": {"zero_optimization": ZERO3, **BF16},
    "zero3_bf16_cpuoffload_all.json": {"zero_optimization": {**ZERO3, "offload_param": CPU, "offload_optimizer": CPU}, **BF16},
    "zero3_bf16_cpuoffload_params.json": {"zero_optimization": {**ZERO3, "offload_param": CPU}, **BF16},
}
