"""NeMo Automodel: its YAML recipes, `automodel FILE --nproc-per-node N --key.sub value`, recipes under torchrun.

Facts: nemo-automodel of August 2026, `nemo_automodel/cli/app.py`, `recipes/llm/train_ft.py`, `components/_peft/lora.py`,
`components/quantization/qlora.py: create_bnb_config` (4-bit weights are stored in bfloat16 unless told otherwise) and
`components/quantization/fp8.py: apply_fp8_to_model`.
"""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.overrides import from_flags, laid_over
from qp_lint.frameworks.quantization import read_method
from qp_lint.frameworks.values import Reader, boolean, dtype, flag, integer
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Entry, Mapping, Node, Plain, Scalar, string

NAME = "automodel"
PACKAGE = "nemo_automodel"
QLORA_DEFAULTS: dict[str, Plain] = {
    "bnb_4bit_compute_dtype": "bfloat16",
    "bnb_4bit_use_double_quant": True,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_quant_storage": "bfloat16",
}
STRATEGIES = {"fsdp2": "fsdp2", "ddp": "ddp", "megatron_fsdp": "other"}


def is_config(tree: Mapping) -> bool:
    """Whether a file is a recipe: its model is built by a class of the package."""
    return (string(tree.get("model._target_")) or "").startswith(f"{PACKAGE}.")


def read_config(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """Record what a recipe says."""
    place = tree.entries["model"].span
    builder.spans += [] if place is None else [place]
    reader = Reader(builder, tree, NAME, Rank.FILE)
    reader.say("framework", NAME, NAME, span=place)
    reader.say("purpose", "train", "recipe", span=place)
    model = reader.section("model")
    name = model.get("pretrained_model_name_or_path")
    if name is not None:
        read_checkpoint(name, builder, framework=NAME, rank=Rank.FILE)
    if model.has("torch_dtype", "dtype"):
        model.put(("torch_dtype", "dtype"), "model.dtype", dtype)
    read_tuning(reader)
    read_quantization(reader)
    read_distributed(reader.section("distributed"))
    fp8 = reader.section("fp8")
    if flag(fp8.get("enabled")):
        fp8.put("enabled", "train.fp8", boolean)
        fp8.put("recipe_name", "automodel.fp8_recipe", default="tensorwise")
        fp8.put("enable_fsdp_float8_all_gather", "automodel.fp8_all_gather", boolean)


def read_tuning(reader: Reader) -> None:
    """LoRA with a section `peft`, else everything is trained; `qat` trains with faked quantization."""
    peft = reader.get("peft")
    if isinstance(peft, Mapping):
        reader.say("tuning.method", "lora", "peft", span=reader.tree.entries["peft"].span)
        reader.inside(peft).put("use_dora", "tuning.dora", boolean, default=False)
    elif peft is None and not reader.tree.open:
        reader.say("tuning.method", "full", "peft", rank=Rank.DEFAULT, span=reader.tree.entries["model"].span)
    qat = reader.section("qat")
    if flag(qat.get("enabled")):
        qat.put("enabled", "automodel.qat", boolean)


def read_quantization(reader: Reader) -> None:
    """`quantization: {load_in_4bit: true, …}`: bitsandbytes with defaults of its own."""
    section = reader.get("quantization")
    if not isinstance(section, Mapping):
        return
    entries = {name: Entry(Scalar(value, span=section.span)) for name, value in QLORA_DEFAULTS.items()}
    read_method("bitsandbytes", reader.inside(Mapping({**entries, **section.entries}, section.open, span=section.span)))


def read_distributed(reader: Reader) -> None:
    """`distributed: {strategy: fsdp2, tp_size: …}`; the number of processes is the launcher's."""
    name = string(reader.get("strategy"))
    place = reader.get("strategy")
    if name in STRATEGIES and place is not None:
        reader.say("parallel.strategy", STRATEGIES[name], "strategy", span=place.span)
    for key in ("tp", "pp", "cp"):
        if reader.has(f"{key}_size"):
            reader.put(f"{key}_size", f"parallel.{key}.size", integer)


def cli(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`automodel FILE …`; before 0.3 `automodel finetune llm -c FILE …`."""
    index = next((index for index, word in enumerate(words) if (string(word) or "").endswith((".yaml", ".yml"))), None)
    return None if index is not None and read_file(words[index], words[index + 1 :], builder) else []


def read_file(word: Node, rest: list[Node], builder: RunBuilder) -> bool:
    """A recipe with the flags behind it over it; whether it is one."""
    tree = builder.open_data(string(word) or "")
    if not isinstance(tree, Mapping) or not is_config(tree):
        return False
    flags = from_flags(rest)
    processes = flags.entries.pop("nproc_per_node", None)
    if processes is not None:
        builder.put("launch.processes", integer(processes.value), key="--nproc-per-node", framework=NAME, rank=Rank.COMMAND)
        builder.put("launch.launcher", "torchrun", key=NAME, framework=NAME, rank=Rank.COMMAND, span=word.span)
    with builder.passing(word.span):
        read_config(laid_over(tree, flags, builder.covers), "", builder)
    return True


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """A recipe's script (`examples/llm_finetune/finetune.py --config FILE`, also `-c`)."""
    words = [string(word) for word in arguments]
    index = next((words.index(name) for name in ("--config", "-c") if name in words[:-1]), None)
    if index is None or not (words[index + 1] or "").endswith((".yaml", ".yml")):
        return False
    return read_file(arguments[index + 1], arguments[index + 2 :], builder)


FRAMEWORK = Framework(
    name=NAME,
    packages=(PACKAGE,),
    words=(PACKAGE,),
    programs={NAME: cli},
    modules={f"{PACKAGE}.cli.app": cli},
    config=ConfigReader(is_config, read_config),
    scripts=("*/finetune.py", "*/pretrain.py", "*/train_ft.py", "*/nemo_automodel/cli/app.py"),
    claims=claims,
)
