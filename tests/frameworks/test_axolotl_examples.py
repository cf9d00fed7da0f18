"""One configuration for each kind of example that Axolotl ships and takes (examples/ at 0.18, read again at 0.21)."""

from __future__ import annotations

import pytest
from tests.frameworks.axolotl_runs import BASE, NEWEST, OLD, alone, codes

LORA = "adapter: lora\nlora_r: 16\nlora_alpha: 32\nlora_target_linear: true\n"
EXPERTS = (
    "quantize_moe_experts: true\nlora_r: 16\nlora_target_modules: [q_proj, v_proj]\nlora_target_parameters: [mlp.experts.up]\n"
)
QLORA = LORA.replace("lora\n", "qlora\n", 1) + "load_in_4bit: true\n"
EIGHT = LORA + "load_in_8bit: true\n"
MXFP4 = "model_quantization_config: Mxfp4Config\nmodel_quantization_config_kwargs:\n  dequantize: true\n"
WRAP = "  auto_wrap_policy: TRANSFORMER_BASED_WRAP\n  transformer_layer_cls_to_wrap: LlamaDecoderLayer\n"
FSDP2 = "fsdp_version: 2\nfsdp_config:\n  state_dict_type: FULL_STATE_DICT\n  reshard_after_forward: true\n" + WRAP
RAM = FSDP2 + "  offload_params: true\n  cpu_ram_efficient_loading: true\n"
FSDP1 = (
    "fsdp:\n  - full_shard\n  - auto_wrap\nfsdp_config:\n  fsdp_limit_all_gathers: true\n  fsdp_sync_module_states: true\n"
    "  fsdp_offload_params: true\n  fsdp_use_orig_params: false\n  fsdp_cpu_ram_efficient_loading: true\n"
    "  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP\n  fsdp_state_dict_type: FULL_STATE_DICT\n"
    "  fsdp_sharding_strategy: FULL_SHARD\n"
)
ZERO = "deepspeed: deepspeed_configs/{}.json\n"
QAT = "qat:\n  weight_dtype: {}\n  activation_dtype: {}\n  group_size: {}\n"
FLASH = "attn_implementation: flash_attention_2\n"
EXPERT_PLUGIN = "plugins:\n  - axolotl.integrations.expert_parallel.ExpertParallelPlugin\n"
SHIPPED = {
    "qlora": QLORA + "optimizer: adamw_bnb_8bit\n",
    "qlora, paged optimizer": QLORA + "optimizer: paged_adamw_8bit\n",
    "qlora, zero2": QLORA + ZERO.format("zero2") + "optimizer: adamw_bnb_8bit\n",
    "qlora, fsdp2": QLORA + FSDP2 + "optimizer: adamw_torch_8bit\n",
    "qlora, experts": "adapter: qlora\nload_in_4bit: true\n" + EXPERTS,
    "qlora, experts, fsdp2": "adapter: qlora\nload_in_4bit: true\n" + EXPERTS + FSDP2 + "  offload_params: true\n",
    "qlora, experts, cp": "adapter: qlora\nload_in_4bit: true\ncontext_parallel_size: 2\n" + EXPERTS + FLASH,
    "8-bit lora": EIGHT,
    "8-bit lora, adamw_8bit": EIGHT + "optimizer: adamw_8bit\n",
    "8-bit lora, experts": "adapter: lora\nload_in_8bit: true\n" + EXPERTS,
    "8-bit lora, experts, fsdp2": "adapter: lora\nload_in_8bit: true\n" + EXPERTS + FSDP2,
    "8-bit lora, fsdp2": EIGHT + FSDP2,
    "lora": LORA,
    "lora, zero3": LORA + ZERO.format("zero3"),
    "lora, fsdp2": LORA + FSDP2 + "optimizer: adamw_torch_4bit\n",
    "lora, gptq": "gptq: true\n" + LORA,
    "lora, mxfp4": LORA + MXFP4,
    "full": "optimizer: adamw_torch_fused\n",
    "full, zero1": ZERO.format("zero1") + "optimizer: adamw_bnb_8bit\n",
    "full, zero3": ZERO.format("zero3_bf16"),
    "full, zero3, offload": ZERO.format("zero3_bf16_cpuoffload_all") + "optimizer: paged_adamw_8bit\n",
    "full, zero3, parameters offloaded": ZERO.format("zero3_bf16_cpuoffload_params"),
    "full, fsdp2": FSDP2 + "optimizer: adamw_torch_8bit\n",
    "full, fsdp2, ram efficient": RAM,
    "full, fsdp2, ram efficient, shards": "dp_shard_size: 16\n" + RAM,
    "full, zero3, cp": "context_parallel_size: 8\n" + FLASH + ZERO.format("zero3"),
    "full, fsdp2, cp": "context_parallel_size: 8\n" + FLASH + FSDP2,
    "full, tp, shards, replicas": "tensor_parallel_size: 2\ndp_shard_size: 4\ndp_replicate_size: 2\n" + FSDP2,
    "full, tp, cp, shards": "tensor_parallel_size: 2\ncontext_parallel_size: 2\ndp_shard_size: 2\n" + FLASH + FSDP2,
    "full, ep": EXPERT_PLUGIN + "expert_parallel_size: 4\n" + FSDP2,
    "full, ep, shards": EXPERT_PLUGIN + "expert_parallel_size: 2\ndp_shard_size: 2\n" + FSDP2,
    "lora, ep": EXPERT_PLUGIN + "expert_parallel_size: 4\n" + LORA + FSDP2,
    "full, mxfp4, zero3": MXFP4 + ZERO.format("zero3_bf16"),
    "full, mxfp4, fsdp2": MXFP4 + FSDP2,
    "full, fp8, fsdp2": "fp8: true\ntorch_compile: true\nfp8_enable_fsdp_float8_all_gather: true\n" + FSDP2,
    "qat": QAT.format("int4", "int8", 32),
    "qat, fsdp2": QAT.format("int4", "int8", 8) + RAM,
    "qat, nvfp4, fsdp2": QAT.format("nvfp4", "nvfp4", 16) + RAM,
    "qat, mxfp4, fsdp2": QAT.format("mxfp4", "mxfp4", 32) + FSDP2,
    "dpo, lora": LORA + "rl: dpo\n",
    "dpo, qlora": QLORA + "rl: dpo\n",
    "kto, lora, fsdp2": LORA + "rl: kto\nremove_unused_columns: false\n" + FSDP2,
    "qlora, device_map": QLORA + "device_map: auto\n",
}
SHIPPED_FSDP1 = {
    "qlora": QLORA + "optimizer: paged_adamw_32bit\n",
    "qlora, fused": QLORA + "optimizer: adamw_torch_fused\n",
    "8-bit lora": EIGHT,
    "lora": LORA,
    "full": "",
    "qat": QAT.format("int4", "int8", 8),
    "dpo, qlora": QLORA + "rl: dpo\n",
}
MODELS = {"gptq": "TheBloke/Llama-2-7B-GPTQ", "mxfp4": "openai/gpt-oss-20b", "ep": "Qwen/Qwen3-30B-A3B"}


def base_for(shape: str) -> str:
    model = next((name for part, name in MODELS.items() if part in shape.split(", ") and "qat" not in shape), None)
    return BASE.replace("meta-llama/Llama-3.1-8B", model) if model else BASE


@pytest.mark.parametrize("version", [OLD, NEWEST])
@pytest.mark.parametrize("shape", SHIPPED)
def test_shapes_of_shipped_examples_are_silent(shape: str, version: str) -> None:
    assert codes(alone(SHIPPED[shape], version, base_for(shape))) == set()


def test_qlora_loads_ram_efficiently_under_fsdp2_but_in_0_19() -> None:
    assert codes(alone(QLORA + RAM, NEWEST)) == codes(alone(QLORA + RAM, OLD)) == set()
    assert codes(alone(QLORA + RAM, "0.19.0")) == {"QP421"}


@pytest.mark.parametrize("shape", SHIPPED_FSDP1)
def test_fsdp1_is_silent_up_to_0_19_and_refused_from_0_20_on(shape: str) -> None:
    config = SHIPPED_FSDP1[shape] + FSDP1
    assert codes(alone(config, OLD)) == codes(alone(config, "0.19.0")) == set()
    assert "QP416" in codes(alone(config, "0.20.0"))
