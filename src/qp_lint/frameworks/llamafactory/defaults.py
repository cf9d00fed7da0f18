"""The defaults of the options that rules ask for (hparams/*_args.py), and which of them are switches."""

from __future__ import annotations

from qp_lint.frameworks.llamafactory.values import at_least
from qp_lint.tree import Plain

DEFAULTS: dict[str, Plain] = {
    "finetuning_type": "lora",
    "stage": "sft",
    "reward_model_type": "lora",
    "pref_loss": "sigmoid",
    "badam_mode": "layer",
    "infer_backend": "huggingface",
    "val_size": 0.0,
    "max_steps": -1,
    "gradient_accumulation_steps": 1,
}
# Options that are true or false; all are false by default but these four.
ON = ("double_quantization", "low_cpu_mem_usage", "use_reentrant_gc", "use_fast_tokenizer")
SWITCHES = frozenset(
    {
        *ON,
        *("do_train", "do_eval", "do_predict", "predict_with_generate", "load_best_model_at_end", "compute_accuracy"),
        *("bf16", "fp16", "pure_bf16", "fp8", "fp8_enable_fsdp_float8_all_gather"),
        *("pissa_init", "use_dora", "use_rslora", "use_llama_pro", "create_new_adapter", "resize_vocab"),
        *("use_galore", "galore_layerwise", "use_apollo", "apollo_layerwise", "use_badam", "use_adam_mini", "use_muon"),
        *("use_unsloth", "use_unsloth_gc", "use_kt", "use_hyper_parallel", "shift_attn", "disable_gradient_checkpointing"),
        *("streaming", "packing", "neat_packing", "train_on_prompt", "mask_history", "train_from_scratch"),
    }
)


def default_method(release: str) -> str:
    """The default of `quantization_method`: the spelling changed in 0.9.3."""
    return "bnb" if at_least(release, "0.9.3") else "bitsandbytes"


def method_of(spelling: Plain, release: str) -> str | None:
    """The method that a `quantization_method` chooses, None for one that LLaMA-Factory passes over without a word.

    Before 0.8.3 there was no choice.  The comparison is by the exact text (model/model_utils/quantization.py).
    """
    if not at_least(release, "0.8.3"):
        return "bitsandbytes"
    if spelling == default_method(release):
        return "bitsandbytes"
    return str(spelling) if spelling in ("hqq", "eetq") else None


# The newest releases that LLaMA-Factory installs beside (requirements.txt, pyproject.toml), by its own release, oldest first.
BESIDE = {
    "0.9.0": {"transformers": "4.45.0", "accelerate": "0.33.0", "peft": "0.12.0", "trl": "0.9.6"},
    "0.9.1": {"transformers": "4.46.1", "accelerate": "1.0.1", "peft": "0.12.0", "trl": "0.9.6"},
    "0.9.2": {"transformers": "4.49.0", "accelerate": "1.2.1", "peft": "0.12.0", "trl": "0.9.6"},
    "0.9.3": {"transformers": "4.52.4", "accelerate": "1.7.0", "peft": "0.15.2", "trl": "0.9.6"},
    "0.9.4": {"transformers": "4.57.1", "accelerate": "1.11.0", "peft": "0.17.1", "trl": "0.24.0"},
    "0.9.5": {"transformers": "5.6.0", "accelerate": "1.11.0", "peft": "0.18.1", "trl": "0.24.0"},
}
