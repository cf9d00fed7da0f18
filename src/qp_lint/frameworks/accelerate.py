"""accelerate: `accelerate launch`, its configuration file, and the objects of a script."""

from __future__ import annotations

from qp_lint.frameworks.accelerate_config import is_config, merged, read_beside_file, read_config, read_launch
from qp_lint.frameworks.accelerate_objects import (
    read_accelerator,
    read_called,
    read_deepspeed_plugin,
    read_fsdp_plugin,
    read_notebook_launcher,
    read_prepare,
)
from qp_lint.frameworks.accelerate_writes import write_fsdp_version, write_precision, write_stage, write_strategy
from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.environment import read_environment
from qp_lint.frameworks.flags import python_command, read_flags
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, string

SWITCHES = frozenset(
    {
        *("quiet", "cpu", "multi_gpu", "tpu", "use_deepspeed", "use_fsdp", "use_megatron_lm", "use_parallelism_config"),
        *("enable_cpu_affinity", "dynamo_use_fullgraph", "dynamo_use_dynamic", "dynamo_use_regional_compilation"),
        *("same_network", "module", "no_python", "debug", "tpu_cluster", "no_tpu_cluster", "downcast_bf16", "standalone"),
        *("main_training_function", "use_xpu", "use_mps_device", "ipex", "help"),
    }
    - {"main_training_function"}
)
SHORT = {"m": "module", "q": "quiet", "t": "tee", "h": "help"}


def program(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """`accelerate launch …`; its other subcommands start no run."""
    return launch(words[1:], builder) if words and string(words[0]) == "launch" else []


def launch(words: list[Node], builder: RunBuilder) -> list[Node] | None:
    """The words after `accelerate launch`.

    Without `--config_file` the user's own default configuration counts, which nobody can see here: what the flags leave out
    is then unknown.
    """
    read_environment(builder)
    command = read_flags(words, SWITCHES, SHORT)
    place = words[0].span if words else None
    builder.put("launch.launcher", "accelerate", key="accelerate launch", framework="accelerate", rank=Rank.COMMAND, span=place)
    config, file = None, command.options.get("config_file")
    name = string(file)
    if name:
        found = builder.open_data(name)
        config = found if isinstance(found, Mapping) else Mapping(open=True)
    flags = command.options
    if file is not None:
        with builder.passing(file.span, *file.via):
            read_launch(merged(config or Mapping(open=True), flags, builder), builder)
            read_beside_file(config or Mapping(), builder)
    else:
        read_launch(merged(None, flags, builder), builder)
    return python_command(command)


FRAMEWORK = Framework(
    name="accelerate",
    packages=("accelerate",),
    words=("accelerate", "distributed_type", "Accelerator"),
    calls={
        "accelerate:Accelerator": read_accelerator,
        "accelerate:notebook_launcher": read_notebook_launcher,
        "accelerate:DeepSpeedPlugin": read_deepspeed_plugin,
        "accelerate:FullyShardedDataParallelPlugin": read_fsdp_plugin,
        ":.prepare": read_prepare,
        ":.prepare_model": read_prepare,
        ":.clip_grad_value_": read_called,
        ":.get_state_dict": read_called,
    },
    roots=(":.prepare", ":.prepare_model"),
    globals=("accelerate:Accelerator", "accelerate:notebook_launcher", ":.clip_grad_value_", ":.get_state_dict"),
    programs={"accelerate": program, "accelerate-launch": launch},
    modules={"accelerate.commands.launch": launch, "accelerate.commands.accelerate_cli": program},
    config=ConfigReader(is_config, read_config),
    writes={
        "parallel.zero.stage": write_stage,
        "parallel.strategy": write_strategy,
        "parallel.fsdp.version": write_fsdp_version,
        "train.precision": write_precision,
    },
)
