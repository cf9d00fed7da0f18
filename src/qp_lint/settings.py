"""The vocabulary: every setting that a framework may report and a rule may ask for, named here and nowhere else.

A framework's own keys, for rules that only it has, are settings too: `<framework>.<key>` (`llamafactory.pissa_init`);
they need no entry here.  Versions are not settings: rules name package ranges and `versions` resolves them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qp_lint.text import Span
from qp_lint.tree import Plain


@dataclass(frozen=True, slots=True)
class Term:
    """A setting's meaning: `type` is str, int or bool; `values` lists a closed set of strings."""

    name: str
    type: type
    doc: str
    values: tuple[str, ...] = ()


METHODS = (
    *("bitsandbytes", "gptq", "awq", "aqlm", "hqq", "eetq", "quanto", "torchao", "fp8", "fbgemm_fp8", "compressed-tensors"),
    *("mxfp4", "mxfp8", "nvfp4", "nf4", "vptq", "spqr", "higgs", "bitnet", "auto-round", "quark", "fp_quant", "gguf", "sinq"),
    *("fouroversix", "metal", "gemma", "unsupported"),
)
STRATEGIES = ("single", "ddp", "dp", "zero0", "zero1", "zero2", "zero3", "fsdp1", "fsdp2", "tp", "naive-mp", "megatron", "other")
TUNINGS = ("full", "freeze", "lora", "oft", "prompt", "ia3", "vera", "adalora", "other-peft")
FRAMEWORKS = (
    *("transformers", "peft", "accelerate", "deepspeed", "torch", "llamafactory", "axolotl", "trl", "diffusers", "lightning"),
    *("litgpt", "swift", "unsloth", "torchtune", "torchtitan", "llama-cookbook", "openrlhf", "lmflow", "h2o-llmstudio"),
    *("autotrain", "simpletuner", "xtuner", "automodel", "torchao", "ipex-llm", "optimum-habana", "fastchat", "kohya"),
    *("colossalai", "megatron", "kubeflow"),
)

TERMS = (
    Term("framework", str, "the framework whose entry point is launched", FRAMEWORKS),
    Term("purpose", str, "what the run is for", ("train", "infer", "quantize", "export", "merge", "eval")),
    # quantization of the model that is trained
    Term("quantization.method", str, "quant_method as transformers spells it", METHODS),
    Term("quantization.bits", int, "bits of a weight"),
    Term(
        "quantization.origin",
        str,
        "stored in the checkpoint, applied while loading, or not at all",
        ("checkpoint", "on-load", "none"),
    ),
    Term("quantization.known_by", str, "how a checkpoint's quantization is known", ("config", "name", "argument")),
    Term("quantization.storage_dtype", str, "bnb_4bit_quant_storage, as a torch dtype name without `torch.`"),
    Term("quantization.compute_dtype", str, "bnb_4bit_compute_dtype"),
    Term("quantization.type", str, "bnb_4bit_quant_type (nf4, fp4), torchao quant_type, …"),
    Term("quantization.backend", str, "the kernel asked for: GPTQConfig/AwqConfig backend, version"),
    Term("quantization.exllama", bool, "use_exllama / not disable_exllama"),
    Term("quantization.fused", bool, "AWQ do_fuse, fuse_layers"),
    Term("quantization.double", bool, "bnb_4bit_use_double_quant"),
    Term("quantization.dequantize", bool, "the checkpoint is dequantized while loading"),
    Term("quantization.view_as_float", bool, "HqqConfig(view_as_float=True)"),
    Term("quantization.config_form", str, "how torchao's type was given", ("string", "object")),
    Term("quantization.cpu_offload", bool, "llm_int8_enable_fp32_cpu_offload"),
    Term("quantization.both_bits", bool, "4-bit and 8-bit were both asked for"),
    Term("quantization.legacy_kwarg", str, "load_in_4bit / load_in_8bit written as keyword of from_pretrained"),
    # the model
    Term("model.name", str, "name or path given to from_pretrained"),
    Term("model.type", str, "model_type of a local checkpoint's config.json"),
    Term("model.base", str, "the unquantized model that a local quantized checkpoint was made from, as its config.json names it"),
    Term("model.dtype", str, "torch_dtype / dtype, without `torch.`"),
    Term(
        "model.device_map",
        str,
        "`auto`, `balanced`, `sequential`, `cpu`, `device:N`, `per-rank`, `offload` for a mapping with parts on the CPU or disk, "
        "or `custom` for another",
    ),
    Term("model.low_cpu_mem_usage", bool, "low_cpu_mem_usage as written"),
    Term("model.attn", str, "attn_implementation"),
    Term("model.tp_plan", str, "tp_plan as written"),
    Term("model.loaded_before_zero3", bool, "from_pretrained ran before anything announced ZeRO-3 to transformers"),
    Term("model.cast", str, "the cast called on the loaded model: half, float, bfloat16, to"),
    Term("model.moved", str, "the call that moves the loaded model to a device: to, cuda"),
    Term("model.compiled", bool, "torch.compile was applied"),
    Term(
        "model.load_api", str, "from_pretrained, or the library whose loader was called (auto_gptq, awq, gptqmodel, hqq, unsloth)"
    ),
    # how it is tuned
    Term(
        "tuning.method",
        str,
        "what is trained",
        ("full", "freeze", "lora", "oft", "prompt", "ia3", "vera", "adalora", "other-peft"),
    ),
    Term("tuning.dora", bool, "use_dora"),
    Term("tuning.init", str, "init_lora_weights: pissa, loftq, olora, corda, eva, gaussian, default"),
    Term("tuning.adapters", int, "how many adapters are loaded"),
    Term("tuning.resize_vocab", bool, "the embedding is resized"),
    Term("tuning.modules_to_save", bool, "modules_to_save is not empty"),
    Term("tuning.kbit_prepared", bool, "prepare_model_for_kbit_training was called"),
    Term("tuning.merged", bool, "merge_and_unload was called"),
    # how it is spread over processes
    Term("parallel.strategy", str, "derived from the settings below", STRATEGIES),
    Term("parallel.distributed", bool, "there is a process group, be it of one process"),
    Term(
        "parallel.processes",
        str,
        "whether one process trains or several (derived; several where only the strategy says so)",
        ("one", "several"),
    ),
    Term("parallel.zero.stage", int, "DeepSpeed zero_optimization.stage"),
    Term("parallel.zero.offload_param", str, "device of offload_param", ("none", "cpu", "nvme")),
    Term("parallel.zero.offload_optimizer", str, "device of offload_optimizer", ("none", "cpu", "nvme")),
    Term("parallel.zero.init", bool, "zero3_init_flag: whether from_pretrained runs under zero.Init"),
    Term("parallel.zero.save_16bit", bool, "stage3_gather_16bit_weights_on_model_save"),
    Term("parallel.zero.quantized_weights", bool, "zero_quantized_weights (ZeRO++)"),
    Term("parallel.fsdp.version", int, "1 or 2"),
    Term("parallel.fsdp.cpu_ram_efficient_loading", bool, "rank 0 loads, the others receive"),
    Term("parallel.fsdp.sync_module_states", bool, "sync_module_states"),
    Term("parallel.fsdp.use_orig_params", bool, "use_orig_params"),
    Term("parallel.fsdp.wrap_policy", str, "auto_wrap_policy: TRANSFORMER_BASED_WRAP, SIZE_BASED_WRAP, NO_WRAP"),
    Term("parallel.fsdp.sharding", str, "FULL_SHARD, SHARD_GRAD_OP, NO_SHARD, HYBRID_SHARD, HYBRID_SHARD_ZERO2"),
    Term("parallel.fsdp.offload", bool, "CPU offload of parameters"),
    Term("parallel.fsdp.state_dict_type", str, "FULL_STATE_DICT, SHARDED_STATE_DICT, LOCAL_STATE_DICT"),
    Term("parallel.fsdp.activation_checkpointing", bool, "activation checkpointing by FSDP"),
    Term("parallel.fsdp.mixed_precision", str, "dtype that FSDP's mixed precision casts parameters to"),
    Term("parallel.tp.size", int, "tensor parallel degree"),
    Term("parallel.cp.size", int, "context parallel degree"),
    Term("parallel.pp.size", int, "pipeline parallel degree"),
    Term("parallel.world_size", int, "number of processes, when the launch says it"),
    Term("parallel.compute_dtype", str, "dtype that the wrapper casts floating parameters to (derived)"),
    # the training loop
    Term("train.precision", str, "mixed precision: no, fp16, bf16, fp8"),
    Term("train.optimizer", str, "optim as transformers spells it (paged_adamw_8bit, adamw_torch_8bit, …)"),
    Term("train.gradient_checkpointing", bool, "gradient_checkpointing"),
    Term("train.reentrant", bool, "use_reentrant of gradient checkpointing"),
    Term("train.compile", bool, "torch_compile"),
    Term("train.stage", str, "sft, pretrain, dpo, kto, orpo, grpo, ppo, reward, …"),
    Term("train.trainer", str, "the class or loop that trains: Trainer, SFTTrainer, loop, lightning, …"),
    Term("train.save_only_model", bool, "save_only_model"),
    Term("train.load_best_model_at_end", bool, "load_best_model_at_end"),
    Term("train.auto_find_batch_size", bool, "auto_find_batch_size"),
    Term("train.saves_optimizer", bool, "checkpoints with optimizer state are written"),
    Term("train.fp8", bool, "FP8 training is switched on"),
    # how it is launched
    Term("launch.launcher", str, "python, torchrun, accelerate, deepspeed, srun, notebook, ray, or a framework's own"),
    Term("launch.processes", int, "processes on one node as the launch says"),
    Term("launch.visible_devices", int, "how many devices CUDA_VISIBLE_DEVICES names"),
    # models beside the trained one
    Term("reference.quantization.bits", int, "bits the reference model is loaded in"),
    Term("reward.quantization.bits", int, "bits the reward model is loaded in"),
)

VOCABULARY: dict[str, Term] = {term.name: term for term in TERMS}


def is_setting(name: str) -> bool:
    """Whether `name` is in the vocabulary or is a framework's own key."""
    return name in VOCABULARY or (name.partition(".")[0] in FRAMEWORKS and "." in name)


class Rank(enum.IntEnum):
    """Who said it; a higher one wins, and of two equal ones the later."""

    DEFAULT = 0  # the framework's documented default
    HINT = 1  # a name, a convention
    FILE = 2  # a configuration file
    CODE = 3  # a call in a script
    ENVIRONMENT = 4
    COMMAND = 5  # a flag of the launch command
    FORCED = 6  # the framework sets it whatever was written


@dataclass(frozen=True, slots=True)
class Setting:
    """One resolved setting of a run.

    `values` are the plain values it may have, `exact` whether it has no other: exactly one value and exact is *known*,
    several is *one of several*, none is *unknown*.  `spans` are the places that say so: the first is the one a user would
    change, the rest lead there, nearest first; empty for a default.  `key` is the setting as the framework spells it.
    """

    name: str
    values: tuple[Plain, ...]
    exact: bool
    spans: tuple[Span, ...] = ()
    framework: str = ""
    key: str = ""
    rank: Rank = Rank.FILE
    overrides: tuple[Setting, ...] = ()  # what it won over, strongest first

    @property
    def known(self) -> bool:
        """Whether it has exactly one possible value."""
        return self.exact and len(self.values) == 1

    @property
    def value(self) -> Plain:
        """The value if it is known, else None."""
        return self.values[0] if self.known else None
