"""Settings that are no entry of anything: what has to be rewritten in a program to change them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from qp_lint.fix.containers.base import after_line_end, line_start, newline_of, rest_is_blank
from qp_lint.fix.edits import Edit
from qp_lint.frameworks.base import REMOVE, Code, Wanted
from qp_lint.frameworks.models import ANNOUNCERS, TRL_CONFIGS
from qp_lint.text import Span
from qp_lint.tree import Plain

if TYPE_CHECKING:
    import libcst

    from qp_lint.fix.containers.python import Parsed

Rewrite: TypeAlias = "Callable[[Span, Plain], Iterator[list[Edit]]]"
"""`(place, value)`: the ways to give the setting that is read at `place` another value."""


def without_call(place: Span, value: Plain) -> Iterator[list[Edit]]:
    """`model.half()` and `model = prepare(model)` taken out: the model stays as it was."""
    import libcst

    from qp_lint.fix.containers.python import parsed

    text = parsed(place.source)
    if text is None or value:
        return
    calls = text.nodes(place, libcst.Call)
    if not calls:
        return
    call = calls[0]
    assert isinstance(call, libcst.Call)
    if isinstance(call.func, libcst.Attribute):
        kept: libcst.CSTNode | None = call.func.value
    else:
        kept = next((arg.value for arg in call.args if arg.keyword is None or arg.keyword.value == "model"), None)
    if kept is None:
        return
    statement = next(iter(text.nodes(place, libcst.SimpleStatementLine)), None)
    if isinstance(statement, libcst.SimpleStatementLine) and len(statement.body) == 1 and _says_nothing(statement, call, kept):
        edit = _deleted(text, statement)
        if edit is not None:
            yield [edit]
        return
    yield [Edit(text.span(call), text.span(kept).text)]


def _says_nothing(statement: libcst.SimpleStatementLine, call: libcst.Call, kept: libcst.CSTNode) -> bool:
    """Whether a statement would only name a value, or give a variable its own value, without the call."""
    import libcst

    small = statement.body[0]
    if isinstance(small, libcst.Expr):
        return small.value is call
    if not isinstance(small, libcst.Assign) or small.value is not call or len(small.targets) != 1:
        return False
    return kept.deep_equals(small.targets[0].target)


def _deleted(text: Parsed, statement: libcst.SimpleStatementLine) -> Edit | None:
    """A statement's lines taken out; None when it is all there is in its block, or shares a line."""
    siblings = _block(text, statement)
    source, span = text.source, text.span(statement)
    if len(siblings) < 2 or not rest_is_blank(source.text, span.end):
        return None
    return Edit(source.span(line_start(source.text, span.start), after_line_end(source.text, span.end)), "")


def _block(text: Parsed, statement: libcst.CSTNode) -> Sequence[libcst.CSTNode]:
    """The statements of the block that a statement stands in."""
    import libcst

    for node in (*text.nodes(text.span(statement), libcst.IndentedBlock), text.module):
        body = getattr(node, "body", ())
        if any(other is statement for other in body):
            return tuple(body)
    return ()


def announced_first(place: Span, value: Plain) -> Iterator[list[Edit]]:
    """The statement that makes the training arguments moved before the one that loads the model.

    Both have to stand in one block, and nothing that lies between may give a name another value that the arguments use.
    """
    import libcst

    from qp_lint.fix.containers.python import parsed

    text = parsed(place.source)
    if text is None or value:
        return
    loads = text.nodes(place, libcst.SimpleStatementLine)
    if not loads:
        return
    block = _block(text, loads[0])
    index = next((number for number, node in enumerate(block) if node is loads[0]), len(block))
    for number in range(index + 1, len(block)):
        moved = block[number]
        if isinstance(moved, libcst.SimpleStatementLine) and _announces(moved):
            between = set().union(*(_names(text, node, assigned=True) for node in block[index:number]))
            if between & _names(text, moved):
                return
            source, span, target = text.source, text.span(moved), text.span(loads[0])
            start, end = line_start(source.text, span.start), after_line_end(source.text, span.end)
            before = line_start(source.text, target.start)
            lines = source.text[start:end]
            if not lines.endswith(("\n", "\r")):
                lines += newline_of(source)
            yield [Edit(source.span(before, before), lines), Edit(source.span(start, end), "")]
            return


def _announces(statement: libcst.CSTNode) -> bool:
    """Whether a statement assigns training arguments."""
    import libcst

    names = (*ANNOUNCERS, *TRL_CONFIGS)
    small = statement.body[0] if isinstance(statement, libcst.SimpleStatementLine) and len(statement.body) == 1 else None
    if not isinstance(small, libcst.Assign | libcst.AnnAssign) or not isinstance(small.value, libcst.Call):
        return False
    return _called(small.value).endswith(names)


def _names(text: Parsed, node: libcst.CSTNode, assigned: bool = False) -> set[str]:
    """The names that a statement mentions; `assigned`: of those, what it may give a value (all, for compound statements)."""
    import libcst

    if assigned and isinstance(node, libcst.SimpleStatementLine):
        targets: list[libcst.CSTNode] = []
        for small in node.body:
            targets += [target.target for target in small.targets] if isinstance(small, libcst.Assign) else [small]
        return set().union(*(_names(text, target) for target in targets))
    return {found.value for found in text.walk(node) if isinstance(found, libcst.Name)}


# Where a class of optimizers lives and which arguments it has beyond bitsandbytes' first six; all take (params, lr, betas, eps,
# weight_decay, amsgrad) with the same defaults (torchao optim/adam.py, torch 2.13.0 and bitsandbytes 0.50.2 optim/adamw.py).
OPTIMIZERS: Mapping[str, tuple[str, str, Mapping[str, Wanted]]] = {
    "adamw_torch_8bit": ("torchao.optim", "AdamW8bit", {}),
    "adamw_torch": ("torch.optim", "AdamW", {}),
    "adamw_torch_fused": ("torch.optim", "AdamW", {"fused": True}),
    "adamw_bnb_8bit": ("bitsandbytes.optim", "AdamW8bit", {}),
}
# Of which classes: their arguments mean the same, and weight decay is decoupled.
ADAMW = re.compile(r"(?:Paged)?AdamW(?:8bit|32bit|4bit|Fp8)?")
ONLY = (
    *("optim_bits", "args", "min_8bit_size", "percentile_clipping", "block_wise", "is_paged", "block_size"),
    *("fused", "foreach", "bf16_stochastic_round", "maximize", "capturable", "differentiable"),
)


def other_optimizer(place: Span, value: Plain) -> Iterator[list[Edit]]:
    """`bnb.optim.AdamW8bit(…)` as the AdamW of another library, without the arguments that only its own has."""

    from qp_lint.fix.containers.imports import alias_of, bound, import_edits
    from qp_lint.fix.containers.python import containers, parsed

    text = parsed(place.source)
    if text is None or value not in OPTIMIZERS or not ADAMW.fullmatch(place.text.rpartition(".")[2]):
        return
    call = _call_of(text, place)
    if call is None or len([arg for arg in call.args if arg.keyword is None and not arg.star]) > 6:
        return
    package, name, extra = OPTIMIZERS[str(value)]
    root = package.partition(".")[0]
    needed: list[tuple[str, str]] = []
    written = alias_of(text.module, package, name)
    if written is None and (root == "torch" or bound(text.module, name)):
        whole = root if root == "torch" else package
        needed = [(whole, "")]
        written = f"{alias_of(text.module, whole, '') or whole}{package.removeprefix(whole)}.{name}"
    elif written is None:
        needed = [(package, name)]
        written = name
    arguments = containers(place)[0]
    changes: dict[str, Wanted] = {**dict.fromkeys((key for key in ONLY if key in arguments.keys), REMOVE), **extra}
    edits = arguments.changed(changes, place.start)
    if edits is not None:
        yield [Edit(place, written), *edits, *import_edits(text.tree, needed)]


# What only a model wrapped by FSDP has or needs: a loop that says one of these does not go on as it is with another wrapper.
ONLY_FSDP = re.compile(
    r"StateDictType|StateDictConfig|ShardedGradScaler|summon_full_params|state_dict_type\b|optim_state_dict|(?<!utils)\.clip_grad_norm_\("
)
QUANTIZED_ON_GPU = re.compile(r"BitsAndBytesConfig|load_in_[48]bit")  # bitsandbytes loads onto the process's own device


def data_parallel(place: Span, value: Plain) -> Iterator[list[Edit]]:
    """`FSDP(model, …)` of a loop as `DistributedDataParallel(model, …)`.

    Only where it is the loop's one mention of FSDP, and where the model is on its device already: `device_id` moves it there,
    which DDP does not.
    """

    from qp_lint.fix.containers.imports import alias_of, import_edits
    from qp_lint.fix.containers.python import containers, parsed

    text, source = parsed(place.source), place.source
    if text is None or value != "ddp" or ONLY_FSDP.search(source.text):
        return
    wrappers = (alias_of(text.module, "torch.distributed.fsdp", "FullyShardedDataParallel"), "FullyShardedDataParallel")
    if _call_of(text, place) is None or place.text.rpartition(".")[2] not in wrappers or source.text.count(f"{place.text}(") != 1:
        return
    arguments = containers(place)[0]
    written = arguments.written()
    if "1" in written or any(key.startswith("*") for key in written) or not {"0", "module"} & written.keys():
        return
    changes: dict[str, Wanted] = dict.fromkeys((key for key in written if key not in ("0", "module", "process_group")), REMOVE)
    if "device_id" in written:
        if not QUANTIZED_ON_GPU.search(source.text):
            return
        changes["device_ids"] = Code(f"[{written['device_id']}]")
    edits = arguments.changed(changes, place.start)
    if edits is None:
        return
    package, name = "torch.nn.parallel", "DistributedDataParallel"
    alias = alias_of(text.module, package, name)
    needed = [] if alias else import_edits(text.tree, [(package, name)])
    yield [Edit(place, alias or name), *edits, *needed]


def unsharded(place: Span, value: Plain) -> Iterator[list[Edit]]:
    """DDP in the place of FSDP: of its wrapper, or of accelerate's plugin."""
    yield from data_parallel(place, value)
    yield from without_plugin(place, value)


def without_plugin(place: Span, value: Plain) -> Iterator[list[Edit]]:
    """`Accelerator(fsdp_plugin=…)` without the plugin, and without the statement that made it for nothing else."""
    import libcst

    from qp_lint.fix.containers.python import containers, parsed

    text = parsed(place.source)
    made = text.nodes(place, libcst.Call)[:1] if text is not None and value == "ddp" else []
    if text is None or not made or not _called(made[0]).endswith("FullyShardedDataParallelPlugin"):
        return
    users = [call for call in _calls(text) if _called(call) == "Accelerator" and _keyword(call, "fsdp_plugin")]
    if len(users) != 1:
        return
    arguments = containers(text.span(users[0].func))[0]
    edits = arguments.changed({"fsdp_plugin": REMOVE}, arguments.span.start)
    given = _keyword(users[0], "fsdp_plugin")
    statement = next(iter(text.nodes(place, libcst.SimpleStatementLine)), None)
    if edits and isinstance(given, libcst.Name) and isinstance(statement, libcst.SimpleStatementLine):
        keywords = [arg.keyword for call in _calls(text) for arg in call.args if arg.keyword is not None]
        names = [node for node in text.walk(text.module) if isinstance(node, libcst.Name) and node.value == given.value]
        uses = sum(not any(node is keyword for keyword in keywords) for node in names)
        gone = _deleted(text, statement) if uses == 2 and len(statement.body) == 1 else None
        edits += [gone] if gone is not None else []
    if edits:
        yield edits


def _call_of(text: Parsed, place: Span) -> libcst.Call | None:
    """The call whose function stands at a place."""
    import libcst

    found = (node for node in text.nodes(place, libcst.Call) if isinstance(node, libcst.Call))
    return next((call for call in found if text.span(call.func) == place), None)


def _called(call: libcst.CSTNode) -> str:
    """The last name of what is called."""
    function = getattr(call, "func", None)
    name = getattr(function, "attr", function)
    return str(getattr(name, "value", ""))


def _keyword(call: libcst.Call, name: str) -> libcst.BaseExpression | None:
    return next((arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


def _calls(text: Parsed) -> Iterator[libcst.Call]:
    import libcst

    return (found for found in text.walk(text.module) if isinstance(found, libcst.Call))


REWRITES: Mapping[str, Rewrite] = {
    "model.cast": without_call,
    "model.moved": without_call,
    "model.compiled": without_call,
    "tuning.kbit_prepared": without_call,
    "model.loaded_before_zero3": announced_first,
    "parallel.strategy": unsharded,
    "train.optimizer": other_optimizer,
}
