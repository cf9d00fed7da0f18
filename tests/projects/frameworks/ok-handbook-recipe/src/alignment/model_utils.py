import torch
from transformers import AutoModelForCausalLM
from trl import ModelConfig, get_kbit_device_map, get_quantization_config

from .configs import SFTConfig


def get_model(model_args: ModelConfig, training_args: SFTConfig) -> AutoModelForCausalLM:
    torch_dtype = (
        model_args.torch_dtype if model_args.torch_dtype in ["auto", None] else getattr(torch, model_args.torch_dtype)
    )
    quantization_config = get_quantization_config(model_args)
    model_kwargs = dict(
        revision=model_args.model_revision,
        torch_dtype=torch_dtype,
        use_cache=False if training_args.gradient_checkpointing else True,
        device_map=get_kbit_device_map() if quantization_config is not None else None,
        quantization_config=quantization_config,
    )
    return AutoModelForCausalLM.from_pretrained(model_args.model_name_or_path, **model_kwargs)
