"""What is no entry of anything: statements that are moved or taken out, keywords that become an object, imports."""

from __future__ import annotations

import pytest

from qp_lint.fix.containers.base import Container
from qp_lint.fix.edits import applied
from qp_lint.fix.places import around
from qp_lint.fix.rewrites import REWRITES
from qp_lint.frameworks import writers
from qp_lint.frameworks.base import REMOVE
from qp_lint.text import Source
from qp_lint.tree import Plain


def rewritten(setting: str, text: str, mark: str, value: Plain = None) -> str | None:
    """The program after a setting that is read at `mark` has another value; None when that is not done."""
    source = Source("train.py", text)
    start = text.index(mark)
    ways = list(REWRITES[setting](source.span(start, start + len(mark.rstrip("("))), value))
    return applied(text, ways[0]) if ways else None


LOAD = "AutoModelForCausalLM.from_pretrained"


def test_arguments_are_made_before_the_model_is_loaded() -> None:
    text = (
        "def main():\n    name = 'm'\n    # the model\n    model = AutoModelForCausalLM.from_pretrained(name)\n\n"
        "    args = TrainingArguments(\n        name,  # where to\n        deepspeed='z3.json',\n    )\n"
        "    Trainer(model, args).train()\n"
    )
    assert rewritten("model.loaded_before_zero3", text, LOAD, False) == (
        "def main():\n    name = 'm'\n    # the model\n    args = TrainingArguments(\n        name,  # where to\n"
        "        deepspeed='z3.json',\n    )\n    model = AutoModelForCausalLM.from_pretrained(name)\n\n"
        "    Trainer(model, args).train()\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "model = AutoModelForCausalLM.from_pretrained('m')\nout = model.config.name\nargs = TrainingArguments(out)\n",
        "model = AutoModelForCausalLM.from_pretrained('m')\nif x:\n    out = 1\nargs = TrainingArguments(out)\n",
        "model = AutoModelForCausalLM.from_pretrained('m')\nif x:\n    args = TrainingArguments('out')\n",
        "model = AutoModelForCausalLM.from_pretrained('m')\nTrainer(model, TrainingArguments('out')).train()\n",
    ],
)
def test_arguments_that_cannot_be_made_before_are_not(text: str) -> None:
    assert rewritten("model.loaded_before_zero3", text, LOAD, False) is None


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("x = 1\nmodel.half()\n", "model.half", "x = 1\n"),
        ("x = 1\nmodel = model.half()  # small\ny = 2\n", "model.half", "x = 1\ny = 2\n"),
        ("model = load(\n    'm',\n).half().eval()\n", "load(\n    'm',\n).half", "model = load(\n    'm',\n).eval()\n"),
        ("other = model.half()\n", "model.half", "other = model\n"),
        ("if x:\n    model.half()\n", "model.half", None),
        ("x = 1; model.half()\n", "model.half", "x = 1; model\n"),
    ],
)
def test_casts_are_taken_out(text: str, mark: str, expected: str | None) -> None:
    assert rewritten("model.cast", text, mark) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\nmodel = prepare(model)\n", "x = 1\n"),
        ("x = 1\nmodel = prepare(model, True)\n", "x = 1\n"),
        ("peft = get(prepare(model=base), config)\n", "peft = get(base, config)\n"),
        ("new = prepare(model)\n", "new = model\n"),
    ],
)
def test_functions_that_give_the_model_back_are_taken_out(text: str, expected: str) -> None:
    assert rewritten("tuning.kbit_prepared", text, "prepare") == expected


def container(text: str, key: str) -> Container:
    start = text.index(key)
    return around(Source("train.py", text).span(start, start + len(key)))[0]


def written(setting: str, text: str, key: str, value: Plain) -> str:
    """The program after the mapping around `key` says a setting."""
    found = container(text, key)
    answers = [writer(value, [found.written()]) for writer in writers(setting, "transformers")]
    (_, entries) = next(answer for answer in answers if answer is not None)
    changes = {name: wanted for name, wanted in entries.items() if wanted is not REMOVE or name in found.keys}
    edits = found.changed(changes, text.index(key))
    assert edits is not None
    return applied(text, edits)


def test_keywords_become_a_configuration() -> None:
    text = (
        "import torch\nfrom transformers import (\n    AutoModel,\n    Trainer,\n)\n\n"
        'm = AutoModel.from_pretrained(\n    "m",\n    load_in_4bit=True,\n    load_in_8bit=False,\n'
        '    bnb_4bit_quant_type="nf4",\n)\n'
    )
    assert written("quantization.legacy_kwarg", text, "load_in_4bit", None) == (
        "import torch\nfrom transformers import (\n    AutoModel,\n    BitsAndBytesConfig,\n    Trainer,\n)\n\n"
        'm = AutoModel.from_pretrained(\n    "m",\n'
        '    quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4"),\n)\n'
    )


def test_keywords_beside_a_configuration_just_go() -> None:
    text = 'm = AutoModel.from_pretrained("m", load_in_4bit=True, quantization_config=config)\n'
    assert written("quantization.legacy_kwarg", text, "load_in_4bit", None) == (
        'm = AutoModel.from_pretrained("m", quantization_config=config)\n'
    )


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import torch\n", "import torch\nfrom accelerate import PartialState\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom accelerate import PartialState\n'),
        ("from accelerate import Accelerator, utils\n", "from accelerate import Accelerator, PartialState, utils\n"),
        ("from accelerate import PartialState\n", "from accelerate import PartialState\n"),
        (
            "import os\n\nfrom accelerate.utils import x\nfrom peft import y\n",
            "import os\n\nfrom accelerate import PartialState\nfrom accelerate.utils import x\nfrom peft import y\n",
        ),
    ],
)
def test_each_process_its_own_device(imports: str, expected: str) -> None:
    text = f'{imports}m = AutoModel.from_pretrained("m", device_map="auto")\n'
    assert written("model.device_map", text, "device_map", "per-rank") == (
        f'{expected}m = AutoModel.from_pretrained("m", device_map={{"": PartialState().process_index}})\n'
    )


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import torch\n", "import torch\n"),
        ("from peft import x\n", "import torch\nfrom peft import x\n"),
        ("import os\n\nimport peft\nimport wandb\nfrom trl import x\n", None),
        ("import os, sys\n", "import os, sys\nimport torch\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nimport torch\n'),
        ("#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n", "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nimport torch\n\n"),
    ],
)
def test_a_data_type_brings_torch(imports: str, expected: str | None) -> None:
    if expected is None:
        expected = imports.replace("import wandb", "import torch\nimport wandb")
    text = f'{imports}m = AutoModel.from_pretrained("m", device_map="auto")\n'
    assert written("model.dtype", text, "device_map", "bfloat16") == (
        f'{expected}m = AutoModel.from_pretrained("m", device_map="auto", torch_dtype=torch.bfloat16)\n'
    )


def test_the_keyword_that_is_there_is_kept() -> None:
    text = 'import torch as t\nm = AutoModel.from_pretrained("m", dtype="auto")\n'
    assert written("model.dtype", text, "dtype", "float16") == text.replace('"auto"', '"float16"')


def test_an_import_under_another_name_is_used() -> None:
    text = 'from accelerate import PartialState as State\nm = AutoModel.from_pretrained("m", device_map="auto")\n'
    assert '{"": State().process_index}' in written("model.device_map", text, "device_map", "per-rank")
    assert "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_storage=th.float16)" in written(
        "quantization.storage_dtype", "import torch as th\nc = BitsAndBytesConfig(load_in_4bit=True)\n", "load_in_4bit", "float16"
    )


def test_what_is_said_by_its_opposite() -> None:
    text = "GPTQConfig(bits=4, disable_exllama=False)\n"
    assert written("quantization.exllama", text, "disable_exllama", False) == "GPTQConfig(bits=4, disable_exllama=True)\n"
    assert written("quantization.exllama", "GPTQConfig(bits=4)\n", "bits", False) == "GPTQConfig(bits=4, use_exllama=False)\n"
    assert written("train.precision", "TrainingArguments(fp16=True)\n", "fp16", "bf16") == "TrainingArguments(bf16=True)\n"
    assert written("train.precision", "TrainingArguments(bf16=True)\n", "bf16", "no") == "TrainingArguments()\n"


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        (
            "adamw_torch_8bit",
            "import bitsandbytes as bnb\no = bnb.optim.PagedAdamW8bit(ps, lr=1e-5, is_paged=True)\n",
            "import bitsandbytes as bnb\nfrom torchao.optim import AdamW8bit\no = AdamW8bit(ps, lr=1e-5)\n",
        ),
        (
            "adamw_torch_8bit",
            "from bitsandbytes.optim import AdamW8bit\no = AdamW8bit(\n    ps,\n    lr=1e-5,  # low\n    block_wise=True,\n)\n",
            "import torchao.optim\nfrom bitsandbytes.optim import AdamW8bit\n"
            "o = torchao.optim.AdamW8bit(\n    ps,\n    lr=1e-5,  # low\n)\n",
        ),
        (
            "adamw_torch",
            "import bitsandbytes\nimport torch as th\no = bitsandbytes.optim.AdamW8bit(ps, 1e-5, (0.9, 0.95))\n",
            "import bitsandbytes\nimport torch as th\no = th.optim.AdamW(ps, 1e-5, (0.9, 0.95))\n",
        ),
        (
            "adamw_torch_fused",
            "import bitsandbytes as bnb\nfrom torch.optim import AdamW as A\no = bnb.optim.AdamW8bit(ps)\n",
            "import bitsandbytes as bnb\nfrom torch.optim import AdamW as A\no = A(ps, fused=True)\n",
        ),
        (
            "adamw_bnb_8bit",
            "from torchao.optim import AdamW8bit\no = AdamW8bit(ps, block_size=128)\n",
            "import bitsandbytes.optim\nfrom torchao.optim import AdamW8bit\no = bitsandbytes.optim.AdamW8bit(ps)\n",
        ),
    ],
)
def test_another_optimizer(value: str, before: str, after: str) -> None:
    mark = before[before.index("o = ") + 4 : before.index("(ps") if "(ps" in before else before.index("(\n")]
    source = Source("train.py", before)
    start = before.index(f"{mark}(")
    ways = list(REWRITES["train.optimizer"](source.span(start, start + len(mark)), value))
    assert [applied(before, way) for way in ways] == [after]


@pytest.mark.parametrize(
    "text", ["o = bnb.optim.Lion8bit(ps)", "o = bnb.optim.Adam8bit(ps)", "o = bnb.optim.AdamW8bit(ps, 1, (0, 1), 0, 0, False, 8)"]
)
def test_an_optimizer_without_counterpart_stays(text: str) -> None:
    mark = text[4 : text.index("(")]
    assert rewritten("train.optimizer", f"import bitsandbytes as bnb\n{text}\n", mark, "adamw_torch_8bit") is None


WRAP = (
    "import torch\nfrom torch.distributed.fsdp import FullyShardedDataParallel as FSDP, MixedPrecision\n"
    "model = load(quantization_config=BitsAndBytesConfig(load_in_8bit=True))\n"
    "model = FSDP(\n    model,  # ours\n    mixed_precision=MixedPrecision(torch.bfloat16),\n    device_id=rank,\n)\n"
)


def test_a_wrapper_of_a_loop_becomes_ddp() -> None:
    assert rewritten("parallel.strategy", WRAP, "FSDP", "ddp") is None, "the import is no wrapper"
    expected = WRAP.replace("FSDP(", "DistributedDataParallel(").replace("device_id=rank", "device_ids=[rank]")
    expected = expected.replace("    mixed_precision=MixedPrecision(torch.bfloat16),\n", "")
    imported = "from torch.nn.parallel import DistributedDataParallel\n"
    assert rewritten("parallel.strategy", WRAP, "FSDP(", "ddp") == expected.replace("model = load", f"{imported}model = load")
    there = "from torch.nn.parallel import DistributedDataParallel as DDP\n" + WRAP
    assert rewritten("parallel.strategy", there, "FSDP(", "ddp") == (
        "from torch.nn.parallel import DistributedDataParallel as DDP\n" + expected.replace("DistributedDataParallel(", "DDP(")
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("quantization_config=BitsAndBytesConfig(load_in_8bit=True)", ""),  # nothing says that it is on its device
        ("model,  # ours", "model, group, strategy,"),
        ("    device_id=rank,\n", "    device_id=rank,\n    **more,\n"),
        ("import torch\n", "import torch\nfrom torch.distributed.fsdp import StateDictType\n"),
        (",\n)\n", ",\n)\nmodel.clip_grad_norm_(1.0)\n"),
        (",\n)\n", ",\n)\nother = FSDP(other)\n"),
    ],
)
def test_a_wrapper_that_more_depends_on_stays(old: str, new: str) -> None:
    assert rewritten("parallel.strategy", WRAP.replace(old, new, 1), "FSDP(", "ddp") is None


def test_a_plugin_is_taken_out() -> None:
    plugin = "fsdp_plugin = FullyShardedDataParallelPlugin(fsdp_version=1)  # shard\n"
    use = 'accelerator = Accelerator(fsdp_plugin=fsdp_plugin, mixed_precision="bf16")\n'
    expected = 'accelerator = Accelerator(mixed_precision="bf16")\n'
    assert rewritten("parallel.strategy", plugin + use, "1", "ddp") == expected
    used = plugin + use + "print(fsdp_plugin)\n"
    assert rewritten("parallel.strategy", used, "1", "ddp") == plugin + expected + "print(fsdp_plugin)\n"
    inline = "accelerator = Accelerator(fsdp_plugin=FullyShardedDataParallelPlugin(fsdp_version=1))\n"
    assert rewritten("parallel.strategy", inline, "1", "ddp") == "accelerator = Accelerator()\n"
    assert rewritten("parallel.strategy", plugin + use + use, "1", "ddp") is None
