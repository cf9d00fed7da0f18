"""Tiny checkpoints for `cells.py`: a random Llama, and the same in formats that transformers cannot make while it loads."""

from __future__ import annotations

import json
from pathlib import Path

HIDDEN, LAYERS, VOCAB = 1024, 4, 512


def base(folder: Path) -> None:
    """The unquantized model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=HIDDEN,
        intermediate_size=2048,
        num_hidden_layers=LAYERS,
        num_attention_heads=16,
        num_key_value_heads=16,
        tie_word_embeddings=False,
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder / "fp")


def compressed_tensors(folder: Path) -> None:
    """W4A16, packed."""
    import torch
    from compressed_tensors.compressors import ModelCompressor
    from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder / "fp", dtype=torch.bfloat16)
    weights = {"num_bits": 4, "type": "int", "symmetric": True, "strategy": "group", "group_size": 128}
    config = QuantizationConfig(config_groups={"group_0": {"targets": ["Linear"], "weights": weights}}, ignore=["lm_head"])
    apply_quantization_config(model, config)
    for module in model.modules():
        if hasattr(module, "weight_scale"):
            rows = module.weight.data.float().reshape(module.weight.shape[0], -1, 128)
            module.weight_scale.data = (rows.abs().amax(-1) / 7).to(module.weight_scale.dtype)
    compressor = ModelCompressor.from_pretrained_model(model, quantization_format="pack-quantized")
    assert compressor is not None
    compressor.compress_model(model)
    model.save_pretrained(folder / "ct")
    compressor.update_config(str(folder / "ct"))


def bnb4(folder: Path) -> None:
    """What bitsandbytes makes of the weights, in 4 bits."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
    AutoModelForCausalLM.from_pretrained(
        folder / "fp", dtype=torch.bfloat16, quantization_config=config, device_map="cuda"
    ).save_pretrained(folder / "bnb4-saved")


def aqlm(folder: Path) -> None:
    """Random codes and codebooks: what they mean does not matter for how they are sharded."""
    import torch
    from safetensors.torch import load_file, save_file

    tensors, group = {}, 8
    source = load_file(folder / "fp" / "model.safetensors")
    for name, tensor in source.items():
        if name.endswith("proj.weight"):
            out, into = tensor.shape
            stem = name.removesuffix(".weight")
            tensors[f"{stem}.codebooks"] = (torch.randn(1, 65536, 1, group) / 100).to(torch.bfloat16)
            tensors[f"{stem}.codes"] = torch.randint(-(2**15), 2**15, (out, into // group, 1), dtype=torch.int16)
            tensors[f"{stem}.scales"] = torch.ones(out, 1, 1, 1, dtype=torch.bfloat16)
        else:
            tensors[name] = tensor
    (folder / "aqlm").mkdir()
    save_file(tensors, folder / "aqlm" / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "fp" / "config.json").read_text())
    config["quantization_config"] = {
        "quant_method": "aqlm",
        "in_group_size": group,
        "out_group_size": 1,
        "num_codebooks": 1,
        "nbits_per_codebook": 16,
        "linear_weights_not_to_quantize": ["lm_head", "lm_head.weight"],  # before and since transformers 5
    }
    (folder / "aqlm" / "config.json").write_text(json.dumps(config))


CHECKPOINTS = {"ct": compressed_tensors, "aqlm": aqlm, "bnb4-saved": bnb4}
