"""diffusers: its models, and the flags of its training scripts (`train_dreambooth_lora_flux.py --use_8bit_adam …`).

Facts: diffusers 0.42, `examples/dreambooth/train_dreambooth_lora_*.py`: `--bnb_quantization_config_path` is a JSON file with the
arguments of BitsAndBytesConfig, `--do_fp8_training` converts with torchao, and parallelism is accelerate's alone.
"""

from __future__ import annotations

import posixpath
import re

from qp_lint.frameworks.base import Framework
from qp_lint.frameworks.checkpoint import read_checkpoint
from qp_lint.frameworks.models import read_from_pretrained
from qp_lint.frameworks.overrides import from_flags
from qp_lint.frameworks.quantization import read_method
from qp_lint.frameworks.values import Reader, flag, lower, unclear
from qp_lint.run import RunBuilder
from qp_lint.settings import Rank
from qp_lint.tree import Mapping, Node, string

NAME = "diffusers"
_SCRIPT = re.compile(r"train_\w*(?:dreambooth|text_to_image|control|lora|instruct_pix2pix|unconditional|inversion)\w*\.py")
OWN = frozenset({"instance_prompt", "instance_data_dir", "validation_prompt", "use_8bit_adam", "max_train_steps", "resolution"})


def claims(script: str, arguments: list[Node], builder: RunBuilder) -> bool:
    """A training script of diffusers: one that is not in reach, or flags that its own check refuses together."""
    if _SCRIPT.fullmatch(posixpath.basename(script)) is None:
        return False
    flags = from_flags(arguments)
    refused = flag(flags.get("do_fp8_training")) is True and "bnb_quantization_config_path" in flags.entries
    if not refused and (builder.locate(script) is not None or len(OWN & flags.entries.keys()) < 2):
        return False
    place = arguments[0].span if arguments else None
    read_flags(Reader(builder, Mapping(flags.entries, flags.open, span=place), NAME, Rank.COMMAND))
    return True


def read_flags(reader: Reader) -> None:
    """Record what the flags say."""
    builder, entries, place = reader.builder, reader.tree.entries, reader.tree.span
    reader.say("framework", NAME, NAME, rank=Rank.FILE, span=place)
    reader.say("purpose", "train", "train", rank=Rank.FILE, span=place)
    reader.say("train.trainer", "loop", "train", span=place)
    if reader.has("mixed_precision"):
        reader.put("mixed_precision", "train.precision", lower)
    name = reader.get("pretrained_model_name_or_path")
    if name is not None:
        read_checkpoint(name, builder, framework=NAME, rank=Rank.COMMAND)
    if flag(reader.get("use_8bit_adam")):
        reader.say("train.optimizer", "adamw_bnb_8bit", "use_8bit_adam", span=entries["use_8bit_adam"].span)
    if flag(reader.get("do_fp8_training")):
        reader.say("train.fp8", True, "do_fp8_training", span=entries["do_fp8_training"].span)
    file = reader.get("bnb_quantization_config_path")
    if file is None:
        return
    reader.say("diffusers.quantization_config", True, "bnb_quantization_config_path", span=file.span)
    config = builder.open_data(string(file) or "")
    if isinstance(config, Mapping):
        with builder.passing(file.span):
            read_method("bitsandbytes", reader.inside(config), "bnb_quantization_config_path")
    else:
        reader.say("quantization.method", unclear(file), "bnb_quantization_config_path")


FRAMEWORK = Framework(
    name=NAME,
    packages=(NAME,),
    words=(NAME,),
    calls={"diffusers:*Model.from_pretrained": read_from_pretrained},
    scripts=("*/train_*.py",),
    claims=claims,
)
