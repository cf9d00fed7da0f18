"""OpenRLHF: `deepspeed --module openrlhf.cli.train_sft …`, `python -m openrlhf.cli.train_ppo_ray …`.

Facts: OpenRLHF 0.3.0 to 0.11.0, `cli/train_*.py` (flags: flat ones such as `--zero_stage`, from 0.10.1 on dotted ones such as
`--ds.zero_stage`), `models/actor.py` (NF4 without quant_storage, bfloat16), `utils/deepspeed/deepspeed_utils.py`.  It always
trains with DeepSpeed, by default ZeRO-2, and its configuration is made from the flags.
"""

from __future__ import annotations

from qp_lint.frameworks.base import Framework, ProgramReader
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.values import Reader, boolean, dtype, first_of, flag, integer, number, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, string

NAME = "openrlhf"
STAGES = {
    **{"train_sft": "sft", "train_dpo": "dpo", "train_rm": "reward", "train_kto": "kto", "train_kd": "kd", "train_prm": "prm"},
    **{"train_ppo": "ppo", "train_ppo_ray": "ppo"},
}
MODELS = ("actor.model_name_or_path", "model.model_name_or_path", "pretrain")


def reader_of(command: str) -> ProgramReader:
    """The reader of one of OpenRLHF's modules."""

    def read(words: list[Node], builder: RunBuilder) -> list[Node] | None:
        read_flags(from_flags(words), words, command, builder)
        return None

    return read


def read_flags(flags: Mapping, words: list[Node], command: str, builder: RunBuilder) -> None:
    """Record what the flags of both generations say."""
    place = words[0].span if words else None
    reader = Reader(builder, Mapping(flags.entries, flags.open, span=place), NAME, Rank.COMMAND)
    reader.say("framework", NAME, NAME, rank=Rank.FILE, span=place)
    reader.say("purpose", "train", command, rank=Rank.FILE, span=place)
    reader.say("train.stage", STAGES[command], command, span=place)
    reader.put(("ds.zero_stage", "zero_stage"), "parallel.zero.stage", integer, default=2)
    offload = first_of(reader.tree, "ds.adam_offload", "adam_offload")
    if offload is not None:
        reader.say("parallel.zero.offload_optimizer", "cpu", offload[0], span=offload[1].span)
    reader.put(("ds.tensor_parallel_size", "ds_tensor_parallel_size"), "openrlhf.tensor_parallel_size", integer, default=1)
    read_dtype(reader)
    read_quantization(reader)
    read_tuning(reader)
    name = first_of(reader.tree, *MODELS)
    if name is not None:
        read_checkpoint(name[1].value, builder, framework=NAME, rank=Rank.COMMAND, key=name[0])
    if command == "train_ppo_ray":
        reader.put(("vllm.num_engines", "vllm_num_engines"), "openrlhf.vllm_engines", integer)
        read_actors(reader)


def read_dtype(reader: Reader) -> None:
    """`param_dtype`, bf16 unless told otherwise; before 0.9.2 `--bf16`, which was off.

    A flat command line without either flag tells the generation only where the project pins it.
    """
    builder = reader.builder
    param = first_of(reader.tree, "ds.param_dtype", "param_dtype")
    if param is not None:
        name = string(dtype(param[1].value))
        value: bool | Node = unclear(param[1].value) if name is None else name == "bfloat16"
        reader.say("openrlhf.bf16", value, param[0], span=param[1].value.span)
    elif flag(reader.get("bf16")):
        reader.say("openrlhf.bf16", True, "bf16", span=reader.tree.entries["bf16"].span)
    elif not reader.tree.open:
        dotted = any("." in name for name in reader.tree.entries)
        newer = dotted or (builder.versions.at_least(NAME, "0.9.2") if NAME in builder.versions.admitted else None)
        if newer is not None:
            reader.say("openrlhf.bf16", newer, "bf16", rank=Rank.DEFAULT, span=reader.tree.span)
    if builder.known("openrlhf.bf16") is True:
        builder.derive("parallel.compute_dtype", "bfloat16", "openrlhf.bf16")
        builder.derive("model.dtype", "bfloat16", "openrlhf.bf16")


def read_quantization(reader: Reader) -> None:
    """`load_in_4bit`: NF4 with double quantization, computed in bfloat16, stored as uint8."""
    found = first_of(reader.tree, "ds.load_in_4bit", "load_in_4bit")
    if found is None:
        if reader.tree.open:
            reader.unsure("quantization.method", "load_in_4bit")
        return
    key, entry = found
    if not flag(boolean(entry.value)):
        return
    for setting, value in (
        ("method", "bitsandbytes"),
        ("bits", 4),
        ("origin", "on-load"),
        ("known_by", "argument"),
        ("type", "nf4"),
        ("double", True),
        ("storage_dtype", "uint8"),
        ("compute_dtype", "bfloat16"),
    ):
        reader.say(f"quantization.{setting}", value, key, span=entry.value.span or entry.span)


def read_tuning(reader: Reader) -> None:
    """LoRA of a rank above 0, else everything is trained."""
    found = first_of(reader.tree, "ds.lora.rank", "lora_rank")
    if found is None:
        if reader.tree.open:
            reader.unsure("tuning.method", "lora_rank")
        else:
            reader.say("tuning.method", "full", "lora_rank", rank=Rank.DEFAULT, span=reader.tree.span)
        return
    rank = number(one(found[1].value, reader.builder))
    if rank is not None:
        reader.say("tuning.method", "lora" if rank > 0 else "full", found[0], span=found[1].value.span)
    else:
        reader.unsure("tuning.method", found[0])


def read_actors(reader: Reader) -> None:
    """The processes that train the policy: nodes times GPUs a node; Ray starts them."""
    reader.say("launch.launcher", "ray", "train_ppo_ray", span=reader.tree.span)
    nodes, gpus = (first_of(reader.tree, f"actor.{name}", f"actor_{name}") for name in ("num_nodes", "num_gpus_per_node"))
    count = number(gpus[1].value) if gpus else None
    if gpus is not None and count is not None:
        reader.say("launch.processes", count, gpus[0], span=gpus[1].value.span)
        machines = number(nodes[1].value) if nodes else 1
        if machines is not None:
            reader.builder.derive("parallel.world_size", count * machines, "launch.processes", rank=Rank.COMMAND)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    modules={f"openrlhf.cli.{command}": reader_of(command) for command in STAGES},
)
