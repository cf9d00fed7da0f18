"""TRL's helpers that give an object or None: which of the two, where the ModelConfig says it.

An object is recorded under the name of its class, with the helper's arguments: it is surely not None.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from qp_lint.evaluate import words
from qp_lint.evaluate.calls import Arguments, record
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.truth import settled, truth
from qp_lint.tree import Call, Node, Scalar

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter


def _configured(run: Interpreter, arguments: Arguments, *, switches: tuple[str, ...], gives: str) -> Node | None:
    """The object of the class `gives` when one of the switches is on, None when all are off."""
    given = arguments.get(0, "model_args") or arguments.get(-1, "model_config")
    config = settled(run, given) if given is not None else None
    if not isinstance(config, Call) or not config.function.endswith("ModelConfig"):
        return None
    found = [_is_on(config, name) for name in switches]
    if True in found:
        return record(run, gives, arguments)
    return None if None in found else Scalar(None, span=arguments.span)


def _is_on(config: Call, name: str) -> bool | None:
    value = config.argument(name)
    if value is None:
        return None if config.open else False
    return truth(words.as_boolean(value))


_quantization = functools.partial(_configured, switches=("load_in_4bit", "load_in_8bit"), gives="trl.BitsAndBytesConfig")
_adapter = functools.partial(_configured, switches=("use_peft",), gives="trl.LoraConfig")
MODELS: dict[str, Model] = {
    f"{module}.{name}": model
    for module in ("trl", "trl.trainer", "trl.trainer.utils")
    for name, model in (("get_quantization_config", _quantization), ("get_peft_config", _adapter))
}
