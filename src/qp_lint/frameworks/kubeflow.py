"""Kubeflow Trainer: a TrainJob whose trainer is `tune run`, for which the cluster chooses torchtune's recipe.

Facts: kubeflow/trainer v2.1.0 to v2.3.0, pkg/runtime/framework/plugins/torch/{torch,torchtune}.go (what the webhook refuses,
which recipe is run) and manifests/base/runtimes/torchtune (the runtimes that are shipped).  Other commands of a TrainJob are
launches like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qp_lint.discover import Kind
from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.torchtune import RECIPE, read_recipe
from qp_lint.frameworks.values import Reader, fields, integer, is_null, one, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.text import Span
from qp_lint.tree import Call, Entry, Mapping, Node, Scalar, Sequence, string

NAME = "kubeflow"
RUNTIMES = ("ClusterTrainingRuntime", "TrainingRuntime")
SHIPPED = ("torchtune-llama3.2-1b", "torchtune-llama3.2-3b", "torchtune-qwen2.5-1.5b")
SHIPPED_GPUS = 2  # nvidia.com/gpu, in each of them
LORA, QUANTIZE, DORA = "model.lora_attn_modules", "model.quantize_base", "model.use_dora"


def is_job(tree: Mapping) -> bool:
    """Whether a resource is a TrainJob with the command that stands for torchtune: `tune run`, and nothing else."""
    words = [string(item) for item in items_of(tree.get("spec.trainer.command"))]
    group = (string(tree.get("apiVersion")) or "").partition("/")[0]
    return group == "trainer.kubeflow.org" and string(tree.get("kind")) == "TrainJob" and words == ["tune", "run"]


def items_of(node: Node | None) -> tuple[Node, ...]:
    """The items of a list, none of anything else."""
    return node.items if isinstance(node, Sequence) else ()


def read_job(tree: Mapping, path: str, builder: RunBuilder) -> None:
    """A TrainJob."""
    section = tree.get("spec.trainer")
    if isinstance(section, Mapping):
        place = section.entries["command"].span
        builder.spans += [place] if place is not None else []
        read_trainer(Reader(builder, section, NAME, Rank.FILE), tree.get("spec.runtimeRef.name"), place)


def read_trainer(reader: Reader, runtime: Node | None, place: Span | None) -> None:
    """Record what a trainer asks for, and the recipe that the cluster makes of it; `place` is what starts it."""
    builder = reader.builder
    found = runtime_of(string(runtime) or "", builder)
    if found is not None and is_null(found.get("spec.mlPolicy.torch")):
        return  # the plugin for torchtune has no say
    model = model_of(string(runtime) or "")
    if runtime is not None:
        reader.say("kubeflow.model", model or unclear(runtime), "runtimeRef", span=runtime.span)
    if string(reader.get("numProcPerNode")) != "auto":
        reader.put("numProcPerNode", "kubeflow.processes", integer)
    read_counts(reader, runtime, found)
    args = items_of(reader.get("args"))
    read_tuning(reader, args)
    spread = devices(builder)
    if spread is None:
        return
    read_launch(reader, spread, place)
    recipe, suffix = recipe_of(builder, spread)
    match = RECIPE.fullmatch(recipe)
    if match is not None and model:
        config = Scalar(f"{model}{suffix}", span=runtime.span if runtime is not None else None)
        read_recipe(match, Scalar(recipe, span=place), [Scalar("--config"), config, *args], builder)


def read_builtin(call: Call, builder: RunBuilder) -> None:
    """`client.train(runtime=client.get_runtime(NAME), trainer=BuiltinTrainer(config=TorchTuneConfig(…)))` of the Python SDK.

    What it makes of the configuration: kubeflow/sdk, trainer/backends/kubernetes/utils.py.
    """
    config = one(call.argument("config", 0), builder)
    if not isinstance(config, Call) or not config.function.endswith(".TorchTuneConfig") or config.open:
        return
    with builder.passing(*config.via):
        reader = Reader(builder, trainer_of(fields(config), builder), NAME, Rank.CODE)
        read_trainer(reader, runtime_given(call, builder), config.name_span)


def trainer_of(config: Mapping, builder: RunBuilder) -> Mapping:
    """The trainer of the TrainJob that the SDK makes of a TorchTuneConfig."""
    nodes, resources, adapter = (one(config.get(name), builder) for name in ("num_nodes", "resources_per_node", "peft_config"))
    entries = {"args": Entry(Sequence(tuple(adapter_words(adapter, builder))))}
    if nodes is not None and not is_null(nodes):
        entries["numNodes"] = Entry(nodes)
    if resources is not None and not is_null(resources):
        known = isinstance(resources, Mapping)
        entries["resourcesPerNode"] = Entry(Mapping({"limits": Entry(resources)}, span=resources.span) if known else resources)
    return Mapping(entries, span=config.span)


def adapter_words(adapter: Node | None, builder: RunBuilder) -> Iterator[Node]:
    """The arguments that the SDK makes of `LoraConfig(…)`: attention modules in any case, unless they are an empty list."""
    if not isinstance(adapter, Call) or not adapter.function.endswith(".LoraConfig"):
        return
    modules = one(adapter.argument("lora_attn_modules"), builder)
    if not isinstance(modules, Sequence) or modules.items:
        yield Scalar(f"{LORA}=[…]", span=adapter.name_span)
    for name, key in (("quantize_base", QUANTIZE), ("use_dora", DORA)):
        value = one(adapter.argument(name), builder)
        if isinstance(value, Scalar):
            yield Scalar(f"{key}={value.value}", span=value.span, via=value.via)
        elif value is not None:
            yield value


def runtime_given(trainer: Call, builder: RunBuilder) -> Node | None:
    """The name of the runtime that a trainer object is handed over with."""
    for call in builder.calls:
        given = one(call.argument("trainer", 2), builder) if call.function == ".train" else None
        if isinstance(given, Call) and given.order == trainer.order:
            runtime = one(call.argument("runtime", 0), builder)
            name = one(runtime.argument("name", 0), builder) if isinstance(runtime, Call) else runtime
            return name if string(name) is not None else None
    return None


def model_of(runtime: str) -> str:
    """The model that a runtime's name stands for, as torchtune's configurations name it: `llama3_2/1B`."""
    parts = runtime.split("-")
    return f"{parts[1].replace('.', '_')}/{parts[2].upper()}" if len(parts) == 3 else ""


def read_tuning(reader: Reader, args: Iterable[Node]) -> None:
    """LoRA where an argument names attention modules, QLoRA where the base is quantized and DoRA is not asked for."""
    words = [(item, *(string(item) or "").partition("=")) for item in args]
    on = {name: item for item, name, _, value in words if value.strip().lower() == "true"}
    told = all(name for _, name, _, _ in words)  # else DoRA may be among them
    lora = next((item for item, name, _, _ in words if LORA in name), None)
    qlora = next((item for name, item in on.items() if QUANTIZE in name), None)
    if lora is not None:
        reader.say("kubeflow.lora", True, "args", span=lora.span)
    if qlora is not None and told and not any(DORA in name for name in on):
        reader.say("kubeflow.qlora", True, "args", span=qlora.span)


def read_counts(reader: Reader, runtime: Node | None, found: Mapping | None) -> None:
    """Nodes, and GPUs of each: what the job leaves out is the runtime's, which was found in the project or is shipped."""
    shipped = found is None and string(runtime) in SHIPPED
    nodes, resources = reader.get("numNodes"), reader.get("resourcesPerNode")
    if nodes is None and found is not None:
        nodes = found.get("spec.mlPolicy.numNodes")
        reader.say("kubeflow.runtime_nodes", nodes is not None or None, "numNodes", span=None if nodes is None else nodes.span)
    if nodes is not None:
        reader.say("kubeflow.nodes", integer(nodes), "numNodes")
    elif shipped or found is not None:
        reader.say("kubeflow.nodes", 1, "numNodes", rank=Rank.DEFAULT, span=reader.tree.span)
    if resources is None and shipped and runtime is not None:
        reader.say("kubeflow.gpus", SHIPPED_GPUS, "resourcesPerNode", rank=Rank.DEFAULT, span=runtime.span)
        reader.say("kubeflow.shipped", True, "runtimeRef", span=runtime.span)
    elif resources is None and found is not None:
        resources = resources_of(found)
    if isinstance(resources, Mapping):
        count = next((gpus for kind in ("requests", "limits") if (gpus := gpus_in(resources.get(kind))) is not None), None)
        place = resources.span if count is None else None
        reader.say("kubeflow.gpus", 0 if count is None else integer(count), "resourcesPerNode", span=place)


def gpus_in(resources: Node | None) -> Node | None:
    """The quantity of the resource that has `gpu` in its name."""
    entries = resources.entries if isinstance(resources, Mapping) else {}
    return next((entry.value for name, entry in entries.items() if "gpu" in name.lower()), None)


def runtime_of(name: str, builder: RunBuilder) -> Mapping | None:
    """The runtime of this name, when the project holds it."""
    for path in builder.project.of_kind(Kind.YAML):
        if not builder.project.holds(path, lambda data: b"TrainingRuntime" in data):
            continue
        for document in builder.project.documents(path):
            known = isinstance(document, Mapping) and string(document.get("kind")) in RUNTIMES
            if known and isinstance(document, Mapping) and string(document.get("metadata.name")) == name:
                builder.files.append(path)
                return document
    return None


def resources_of(runtime: Mapping) -> Node | None:
    """The resources of a runtime's container `node`."""
    for job in items_of(runtime.get("spec.template.spec.replicatedJobs")):
        for container in items_of(job.get("template.spec.template.spec.containers") if isinstance(job, Mapping) else None):
            if isinstance(container, Mapping) and string(container.get("name")) == "node":
                return container.get("resources")
    return None


def devices(builder: RunBuilder) -> str | None:
    """`one` or `several` devices, as the choice of a recipe counts them (getRecipeAndConfig); None where it cannot be told."""
    nodes, counts = builder.known("kubeflow.nodes"), [builder.known(f"kubeflow.{name}") for name in ("processes", "gpus")]
    if not isinstance(nodes, int):
        return None
    if nodes > 1:
        return "several"
    sources = ("kubeflow.processes", "kubeflow.gpus", "kubeflow.model")
    told = builder.is_set("kubeflow.gpus") and None not in (counts[1], counts[0] if builder.is_set("kubeflow.processes") else 0)
    spread = "one" if 1 in counts else "several" if told else None
    if spread is not None:
        builder.derive("kubeflow.devices", spread, *sources, rank=Rank.FILE)
    return spread


def recipe_of(builder: RunBuilder, spread: str) -> tuple[str, str]:
    """Recipe and end of the configuration's name (getRecipeAndConfig): on several nodes all weights are trained."""
    if builder.known("kubeflow.nodes") != 1:
        return "full_finetune_distributed", "_full_multinode"
    qlora, lora = builder.known("kubeflow.qlora"), builder.known("kubeflow.lora")
    kind, suffix = ("lora_finetune", "_qlora" if qlora else "_lora") if qlora or lora else ("full_finetune", "_full")
    return (f"{kind}_single_device", f"{suffix}_single_device") if spread == "one" else (f"{kind}_distributed", suffix)


def read_launch(reader: Reader, spread: str, place: Span | None) -> None:
    """torchrun starts the processes; one alone is started by python."""
    builder = reader.builder
    launcher = "python" if spread == "one" else "torchrun"
    reader.say("launch.launcher", launcher, "tune run", rank=Rank.FORCED, span=place)  # on the cluster, whatever runs here
    source = "kubeflow.processes" if builder.is_set("kubeflow.processes") else "kubeflow.gpus"
    count, nodes = 1 if spread == "one" else builder.known(source), builder.known("kubeflow.nodes")
    if isinstance(count, int) and isinstance(nodes, int) and count > 0:
        builder.derive("launch.processes", count, source, rank=Rank.FORCED)
        builder.derive("parallel.world_size", count * nodes, "kubeflow.nodes", source, rank=Rank.FORCED)


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=("TrainJob", NAME),
    calls={"kubeflow:BuiltinTrainer": read_builtin},
    roots=("kubeflow:BuiltinTrainer",),
    config=ConfigReader(is_job, read_job),
)
