"""ColossalAI: `Booster(plugin=…)`, `booster.enable_lora`, `booster.boost`, and the launcher `colossalai run`.

Facts: colossalai 0.3.8 (the first release with `enable_lora`) to 0.5.0: booster/booster.py, booster/plugin/*.py,
quantization/{bnb,bnb_config}.py, cli/launcher/{__init__,run}.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qp_lint import frameworks as registry
from qp_lint.frameworks.adapters import read_peft_config, read_saved_adapter
from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.flags import Command, part_of, python_command
from qp_lint.frameworks.fsdp_options import read_fsdp
from qp_lint.frameworks.models import read_effects
from qp_lint.frameworks.optimizers import read_optimizer
from qp_lint.frameworks.quantization import read_method
from qp_lint.frameworks.quantizers import switch
from qp_lint.frameworks.torch import FSDP, FSDP_DEFAULTS, read_policy, read_torchrun
from qp_lint.frameworks.values import Reader, boolean, fields, integer, is_null, lower, number, one, said, unclear, unpacked
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Call, Entry, Mapping, Node, Plain, Scalar, Unknown, string

NAME = "colossalai"
BOOSTER = ("device", "mixed_precision", "plugin")
BOOST = ("model", "optimizer", "criterion", "dataloader", "lr_scheduler")
ENABLE_LORA = ("model", "pretrained_dir", "lora_config", "bnb_quantization_config", "quantize")
# BnbQuantizationConfig's own defaults, and what `quantize=True` alone asks for (booster.py, enable_lora).
BNB = ("load_in_8bit", "llm_int8_threshold", "load_in_4bit")
BNB_DEFAULTS: dict[str, Plain] = {"bnb_4bit_quant_type": "fp4", "bnb_4bit_compute_dtype": "fp16"}
QUANTIZE: dict[str, Plain] = {
    **{"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True},
    "bnb_4bit_compute_dtype": "bfloat16",
}
# cli/launcher/__init__.py
NAMES = (
    "host",
    "hostfile",
    "include",
    "exclude",
    "num_nodes",
    "nproc_per_node",
    "master_port",
    "master_addr",
    "extra_launch_args",
)
OPTIONS = {**{f"--{name}": name for name in NAMES}, "-H": "host", "-host": "host", "--ssh-port": "ssh_port", "-m": "module"}


def booster(call: Call, builder: RunBuilder) -> None:
    """`Booster(plugin=…)`: the plugin shards the model and, but for DDP, decides the precision."""
    reader = Reader(builder, fields(call, *BOOSTER), NAME, Rank.CODE)
    plugin = reader.get("plugin")
    name = class_of(plugin)
    if (is_null(plugin) or name == "TorchDDPPlugin") and not is_null(reader.get("mixed_precision")):
        reader.put("mixed_precision", "train.precision", lower)
    if is_null(plugin) and not call.open:
        reader.say("colossalai.plugin", "none", "Booster", span=call.name_span)
    elif isinstance(plugin, Call) and name in PLUGINS:
        with builder.passing(*plugin.via):
            reader.say("colossalai.plugin", name, "plugin", span=plugin.name_span)
            PLUGINS[name](plugin, builder)
    else:
        reader.say("colossalai.plugin", Unknown(span=call.name_span), "plugin")
        reader.say("parallel.strategy", Unknown(span=call.name_span), "plugin")


def class_of(plugin: Node | None) -> str:
    """The class of a plugin object, empty for anything else."""
    return plugin.function.rpartition(".")[2] if isinstance(plugin, Call) else ""


def ddp(call: Call, builder: RunBuilder) -> None:
    """`TorchDDPPlugin(…)`."""
    Reader(builder, fields(call), NAME, Rank.CODE).say("parallel.strategy", "ddp", "TorchDDPPlugin", span=call.name_span)


def fsdp(call: Call, builder: RunBuilder) -> None:
    """`TorchFSDPPlugin(…)`: its arguments are those of torch's class after the module."""
    reader = Reader(builder, fields(call, *FSDP[1:]), NAME, Rank.CODE, Rank.CODE, call.name_span)
    reader.say("parallel.strategy", "fsdp1", "TorchFSDPPlugin", span=call.name_span)
    read_fsdp(reader, defaults=FSDP_DEFAULTS, version=1)
    read_policy(reader, "mixed_precision")


def low_level_zero(call: Call, builder: RunBuilder) -> None:
    """`LowLevelZeroPlugin(stage=1, precision="fp16")`."""
    reader = Reader(builder, fields(call, "stage", "precision"), NAME, Rank.CODE, Rank.CODE, call.name_span)
    reader.put("stage", "colossalai.stage", integer, default=1)
    read_precision(reader)
    say_stage(reader, "stage", 1)


def gemini(call: Call, builder: RunBuilder) -> None:
    """`GeminiPlugin(precision="fp16")`: parameters in chunks, spread over processes and moved to the CPU as needed."""
    reader = Reader(builder, fields(call), NAME, Rank.CODE, Rank.CODE, call.name_span)
    reader.say("parallel.strategy", "other", "GeminiPlugin", span=call.name_span)
    reader.put("tp_size", "parallel.tp.size", integer, default=1)
    read_precision(reader)


def hybrid(call: Call, builder: RunBuilder) -> None:
    """`HybridParallelPlugin(tp_size, pp_size, zero_stage=0)` and its like for mixtures of experts."""
    reader = Reader(builder, hybrid_fields(call), NAME, Rank.CODE, Rank.CODE, call.name_span)
    for key in ("tp", "pp"):
        reader.put(f"{key}_size", f"parallel.{key}.size", integer)
    reader.put("zero_stage", "colossalai.zero_stage", integer, default=0)
    read_precision(reader)
    sizes = [number(reader.get(f"{key}_size")) for key in ("tp", "pp")]
    if any(size is not None and size > 1 for size in sizes):
        reader.say("parallel.strategy", "other", "tp_size", span=call.name_span)
    elif None in sizes:
        reader.say("parallel.strategy", unclear(call), "tp_size")
    else:
        say_stage(reader, "zero_stage", 0)


def hybrid_fields(call: Call) -> Mapping:
    """The arguments of a hybrid plugin; what stands third and later is not the same in all releases."""
    return fields(call, "tp_size", "pp_size") if class_of(call) == "HybridParallelPlugin" else fields(call)


def read_precision(reader: Reader) -> None:
    """What a plugin trains in; `use_fp8` computes linear layers in FP8."""
    reader.put("precision", "train.precision", lower, default="fp16")
    reader.put("use_fp8", "train.fp8", boolean)


def say_stage(reader: Reader, key: str, default: int) -> None:
    """The strategy that a stage of ColossalAI's own ZeRO is."""
    node = reader.get(key)
    stage = number(node) if node is not None else None if reader.tree.open else default
    place = node.span if node is not None else reader.implied_by
    if stage is None:
        reader.say("parallel.strategy", Unknown(span=place), key)
    else:
        name = {0: "ddp", 1: "zero1", 2: "zero2"}.get(stage, "other")
        reader.say("parallel.strategy", name, key, span=place)


PLUGINS: dict[str, Callable[[Call, RunBuilder], None]] = {
    "TorchDDPPlugin": ddp,
    "TorchFSDPPlugin": fsdp,
    "LowLevelZeroPlugin": low_level_zero,
    "GeminiPlugin": gemini,
    "HybridParallelPlugin": hybrid,
    "MoeHybridParallelPlugin": hybrid,
}


def boost(call: Call, builder: RunBuilder) -> None:
    """`booster.boost(model, optimizer, …)`: what is trained; a model without optimizer only computes (rewards, a reference)."""
    owner = booster_of(call)
    if owner is None:
        return
    reader = Reader(builder, fields(call, *BOOST), NAME, Rank.CODE)
    model, optimizer = reader.get("model"), reader.get("optimizer")
    adapted = list(adaptations(owner, builder))
    if not is_null(optimizer):
        reader.say("purpose", "train", "boost", span=call.name_span)
    elif not call.open and not any(isinstance(model, Call) and model.order == each.order for each in adapted):
        return
    reader.say("train.trainer", "loop", "boost", span=call.name_span)
    booster(owner, builder)
    registry.read(model, builder)
    for each in adapted:
        if all(each is not known for known in builder.models):
            enable_lora(each, builder)
    read_optimizer(optimizer, builder, framework=NAME)
    read_optimized(optimizer, model, reader)


def booster_of(call: Call) -> Call | None:
    """The Booster that a method is called on, if it is one of ColossalAI's."""
    owner = call.receiver
    return (
        owner if isinstance(owner, Call) and owner.function.startswith("colossalai.") and class_of(owner) == "Booster" else None
    )


def adaptations(owner: Call, builder: RunBuilder) -> Iterator[Call]:
    """The calls of `enable_lora` on a booster."""
    for call in builder.calls:
        same = isinstance(call.receiver, Call) and call.receiver.order == owner.order
        if same and call.function == ".enable_lora" and builder.takes(call.when):
            yield call


def read_optimized(optimizer: Node | None, model: Node | None, reader: Reader) -> None:
    """Record that an optimizer gets all parameters of the model, frozen ones included."""
    if not isinstance(optimizer, Call):
        return
    given = next((node for name in ("params", "model_params") if (node := optimizer.argument(name, 0)) is not None), None)
    given = one(given, reader.builder)
    owner = given.receiver if isinstance(given, Call) and given.function == ".parameters" and not given.args else None
    if isinstance(owner, Call) and isinstance(model, Call) and owner.order == model.order:
        reader.say("colossalai.optimizes", "all", "optimizer", span=optimizer.name_span)


def enable_lora(call: Call, builder: RunBuilder) -> None:
    """`booster.enable_lora(model, lora_config=…, quantize=True)`: quantizes the loaded model and attaches adapters."""
    owner = booster_of(call)
    if owner is None:
        return
    reader = Reader(builder, fields(call, *ENABLE_LORA), NAME, Rank.CODE)
    model = unpacked(reader.get("model"), builder)
    if isinstance(model, Call) and model.function == ".boost":
        reader.say("colossalai.lora_after_boost", True, "enable_lora", span=call.name_span)
    else:
        registry.read(model, builder)
    saved = reader.get("pretrained_dir")
    if not is_null(saved):
        read_saved_adapter(saved, builder)
    read_peft_config(reader.get("lora_config"), builder, key="lora_config")
    read_quantization(reader)
    read_adapting(call, owner, builder)
    read_effects(call, builder)


def read_adapting(call: Call, owner: Call, builder: RunBuilder) -> None:
    """Record which plugin has to attach the adapters: of several boosters in a program that one counts."""
    reader = Reader(builder, fields(owner, *BOOSTER), NAME, Rank.CODE)
    plugin = reader.get("plugin")
    name = "none" if is_null(plugin) and not reader.tree.open else class_of(plugin)
    known = name == "none" or name in PLUGINS
    place = plugin.name_span if isinstance(plugin, Call) else owner.name_span
    with builder.passing(call.name_span):
        reader.say("colossalai.lora_plugin", name if known else Unknown(), "enable_lora", span=place)
    sizes = hybrid_fields(plugin) if isinstance(plugin, Call) and name.endswith("HybridParallelPlugin") else Mapping()
    for key in ("tp_size", "pp_size"):
        node = reader.inside(sizes).get(key)
        reader.say(f"colossalai.lora_{key}", None if node is None else integer(node), key)


def read_quantization(reader: Reader) -> None:
    """`bnb_quantization_config=` quantizes with or without `quantize=True`, which alone stands for 4-bit NF4."""
    config, asked = reader.get("bnb_quantization_config"), reader.get("quantize")
    if isinstance(config, Call):
        name = f"{config.function.partition('.')[0]}.{class_of(config)}"
        with reader.builder.passing(*config.via):
            reader.say("colossalai.bnb_config", name, "bnb_quantization_config", span=config.name_span)
            if name.endswith(".BnbQuantizationConfig"):
                read_bnb(reader.inside(fields(config, *BNB)))
    elif config is not None and not is_null(config):
        reader.say("quantization.method", unclear(config), "bnb_quantization_config")
    elif isinstance(asked, Scalar):
        if asked.value is True:
            entries = {name: Entry(said(asked, value)) for name, value in QUANTIZE.items()}
            quantized(reader.inside(Mapping(entries, span=asked.span)), "quantize")
    elif asked is not None:
        reader.say("quantization.method", unclear(asked), "quantize")


def read_bnb(reader: Reader) -> None:
    """`BnbQuantizationConfig(load_in_8bit=…, load_in_4bit=…)`: accelerate's, copied; of both the 8 bits count."""
    four, eight = switch(reader, "load_in_4bit"), switch(reader, "load_in_8bit")
    if four is not None and eight is not None:
        reader.say("colossalai.bnb_bits", four + eight, "load_in_4bit", span=reader.tree.span)
    for name in ("bnb_4bit_compute_dtype", "torch_dtype"):
        if isinstance(reader.get(name), Scalar):  # as strings they are fp32, fp16 or bf16
            reader.put(name, f"colossalai.{name}")
    entries = {name: Entry(Scalar(value, span=reader.tree.span)) for name, value in BNB_DEFAULTS.items()} | reader.tree.entries
    if four and eight:
        del entries["load_in_4bit"]
    quantized(reader.inside(Mapping(entries, reader.tree.open, span=reader.tree.span)), "bnb_quantization_config")


def quantized(reader: Reader, key: str) -> None:
    """The linear layers of the loaded model become bitsandbytes' own."""
    read_method("bitsandbytes", reader, key)
    reader.say("colossalai.quantizes", True, key, span=reader.tree.span)


def program(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`colossalai run --nproc_per_node N [--hostfile F | --host A,B] script.py …`: torchrun on every host.

    Without `--nproc_per_node` it prints that and starts nothing.
    """
    if not words or string(words[0]) != "run":
        return []
    command = read_options(words[1:])
    options = command.options
    module = options.entries.get("module")
    if module is None:  # the launcher wants a file, whatever words stand before it
        at = next((index for index, word in enumerate(command.rest) if (string(word) or "").endswith(".py")), len(command.rest))
        command.rest = command.rest[at:]
    else:
        command.rest = [module.value, *command.rest]
    if not command.rest or "nproc_per_node" not in options.entries:
        return []
    counts = {"nproc_per_node": options.entries["nproc_per_node"], "nnodes": Entry(hosts(options, builder))}
    read_torchrun(Command(Mapping(counts), command.rest), builder)
    return python_command(Command(Mapping({} if module is None else {"module": module}), command.rest))


def read_options(words: list[Node]) -> Command:
    """The launcher's options: click takes them from anywhere, also from behind the script, and leaves it the others."""
    entries: dict[str, Entry] = {}
    rest: list[Node] = []
    index = 0
    while index < len(words):
        word = words[index]
        name, assigned, value = (string(word) or "").partition("=")
        index += 1
        if name == "--":
            return Command(Mapping(entries), rest + words[index:])
        if name not in OPTIONS or not (assigned or index < len(words)):
            rest.append(word)
        elif assigned:
            entries[OPTIONS[name]] = Entry(Scalar(value, value, span=part_of(word, value), via=word.via), word.span)
        else:
            entries[OPTIONS[name]] = Entry(words[index], word.span)
            index += 1
    return Command(Mapping(entries), rest)


def hosts(options: Mapping, builder: RunBuilder) -> Node:
    """How many hosts there are: those of `--host`, or of the file, of which `--include`, `--exclude` and `--num_nodes` choose."""
    file, listed = options.get("hostfile"), options.get("host")
    if file is None:
        return Scalar(1) if listed is None else said(listed, len(names)) if (names := split(listed)) else unclear(listed)
    chosen = split(options.get("include"))
    if not chosen:
        path = builder.locate(string(file) or "")
        source = builder.project.source(path) if path is not None else None
        if source is None:
            return unclear(file)
        left_out = split(options.get("exclude"))
        chosen = [name for name in source.text.split() if name not in left_out]
    limit = number(options.get("num_nodes"))
    return said(file, min(len(chosen), limit) if limit is not None and limit > 0 else len(chosen))


def split(node: Node | None) -> list[str]:
    """The names in `a,b`."""
    return [name for name in (string(node) or "").split(",") if name]


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    calls={":.boost": boost, ":.enable_lora": enable_lora},
    roots=(":.boost",),
    programs={NAME: program},
)
