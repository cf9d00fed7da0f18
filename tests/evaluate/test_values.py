"""Values through the expressions of ordinary training code."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import calls, only, plain, program, run, shown

from qp_lint.tree import Call, Mapping, Scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lib.show(1, 2.5, -3, 'a', None, True)", [1, 2.5, -3, "a", None, True]),
        ("a, (b, *c) = 1, (2, 3, 4)\nlib.show(a, b, c)", [1, 2, [3, 4]]),
        ("*a, b = [1, 2, 3]\nlib.show(a, b)", [[1, 2], 3]),
        ("a = b = 'x'\na += 'y'\nlib.show(a, b)", ["xy", "x"]),
        ("a: int = 4\nlib.show(a)", 4),
        ("if (n := 10) > 5:\n    lib.show(n)", 10),
        ("name, bits = 'm', 4\nlib.show(f'{name}-{bits}bit-{bits:02d}-{name!r}')", "m-4bit-04-'m'"),
        ("lib.show('a' 'b' f'{1}')", "ab1"),
        ("lib.show('%s-%d' % ('a', 3), '{}/{x}'.format('a', x=1))", ["a-3", "a/1"]),
        ("lib.show('A-B'.lower().split('-')[0].replace('a', 'c'))", "c"),
        ("lib.show('/'.join(['a', 'b']), 'GPTQ' in 'x-GPTQ', 'x'.startswith(('y', 'x')))", ["a/b", True, True]),
        ("lib.show(2 * 3 + 1, 7 // 2, 2 ** 10, 'a' * 3)", [7, 3, 1024, "aaa"]),
        ("lib.show(1 < 2 < 3, 1 in [1, 2], not [], 3 == 3.0, None is None)", [True, True, True, True, True]),
        ("x = None\nlib.show(x or 'default', x and 'y', 'a' or 'b')", ["default", None, "a"]),
        ("lib.show(1 if 'a' == 'a' else 2)", 1),
        ("lib.show([1, 2][-1], 'abc'[1], [1, 2, 3][1:], {'a': {'b': 5}}['a']['b'])", [2, "b", [2, 3], 5]),
        ("lib.show(int('4'), str(3), bool(0), float('2'), len('abc'), max(1, 2))", [4, "3", False, 2.0, 3, 2]),
        ("lib.show(isinstance('a', str), isinstance([], dict), isinstance({}, dict))", [True, False, True]),
        ("lib.show([x + 1 for x in (1, 2) if x > 1], {k: v for k, v in {'a': 1}.items()})", [[3], {"a": 1}]),
        (
            "lib.show(list(range(3)), sorted({'b', 'a'}), dict(a=1), dict([('b', 2)]))",
            [[0, 1, 2], ["a", "b"], {"a": 1}, {"b": 2}],
        ),
        ("lib.show([*[1], 2], {**{'a': 1}, 'b': 2}, {'a': 1} | {'a': 3})", [[1, 2], {"a": 1, "b": 2}, {"a": 3}]),
        (
            "from torch import bfloat16 as b\nimport torch\nlib.show(b, torch.nn.Linear)",
            ["<torch.bfloat16>", "<torch.nn.Linear>"],
        ),
        ("import torch\nlib.show(getattr(torch, 'bfloat16'))", "<torch.bfloat16>"),
        ("import os\nlib.show(os.path.join('a', 'b.json'), os.path.basename('a/b'))", ["a/b.json", "b"]),
        ("from pathlib import Path\np = Path('a') / 'b.json'\nlib.show(p, p.name, str(p.parent))", ["a/b.json", "b.json", "a"]),
        ("f = lambda x, y=2: x + y\nlib.show(f(1))", 3),
        ("import json\nlib.show(json.loads('{\"stage\": 3}'))", {"stage": 3}),
        ("lib.show(b'bytes', undefined, 1j)", ["?", "?", "?"]),
    ],
)
def test_expressions(text: str, value: object) -> None:
    assert shown(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("d = {'a': 1}\nd['b'] = 2\nd['a'] += 1\nd.update({'c': 3}, e=5)\nlib.show(d)", {"a": 2, "b": 2, "c": 3, "e": 5}),
        ("d = {}\nd.setdefault('z', {})['stage'] = 3\nlib.show(d, d.get('q', 7))", [{"z": {"stage": 3}}, 7]),
        ("d = {'a': 1, 'b': 2}\nx = d.pop('a')\ndel d['b']\nlib.show(x, d)", [1, {}]),
        ("a = {'k': 1}\nb = a\nc = a.copy()\nb['k'] = 2\nlib.show(a, c)", [{"k": 2}, {"k": 1}]),
        ("import copy\na = {'k': {'x': 1}}\nb = copy.deepcopy(a)\nb['k']['x'] = 2\nlib.show(a)", {"k": {"x": 1}}),
        ("m = ['q']\nm.append('v')\nm += ['o']\nm.extend(['k'])\nlib.show(m)", ["q", "v", "o", "k"]),
        ("d = {}\nd[unknown()] = 1\nlib.show(d)", {...: ...}),
        ("d = {'a': 1, **unknown(), 'b': 2}\nlib.show(d)", {"a": ("any", 1, "?"), "b": 2, ...: ...}),
        ("d = {}\nd['self'] = d\nlib.show('self' in d)", True),
    ],
)
def test_changes_of_dicts_and_lists(text: str, value: object) -> None:
    assert shown(text) == value


def test_attributes_written_to_a_result_are_keywords() -> None:
    found = program(
        """
        from transformers import TrainingArguments
        args = TrainingArguments(output_dir="out", fp16=True)
        args.deepspeed = "z3.json"
        args.fp16 = False
        setattr(args, "bf16", True)
        other = args.output_dir
        use(other)
        """
    )
    call = only(found, "TrainingArguments")
    assert {key: plain(entry.value) for key, entry in call.keywords.items()} == {
        "output_dir": "out",
        "fp16": False,
        "deepspeed": "z3.json",
        "bf16": True,
    }
    span = call.keywords["deepspeed"].span
    assert span is not None
    assert span.text == "deepspeed"


def test_methods_and_their_receivers() -> None:
    found = program(
        """
        from transformers import AutoModelForCausalLM, Trainer
        model = AutoModelForCausalLM.from_pretrained("m").to("cuda")
        model = model.half()
        trainer = Trainer(model=model, args=None)
        trainer.train()
        trainer.model.base.save_pretrained("x")
        """
    )
    load, trainer = only(found, "from_pretrained"), only(found, "Trainer")
    assert [call.function for call in found.calls] == [
        "transformers.AutoModelForCausalLM.from_pretrained",
        ".to",
        ".half",
        "transformers.Trainer",
        ".train",
        ".save_pretrained",
    ]
    trained = trainer.argument("model")
    assert isinstance(trained, Call)
    assert trained.order == load.order
    for name, receiver in ((".to", load), (".half", load), (".train", trainer), (".save_pretrained", load)):
        found_receiver = only(found, name).receiver
        assert isinstance(found_receiver, Call), name
        assert found_receiver.order == receiver.order, name
    assert [call.order for call in found.calls] == list(range(6))


def test_environment() -> None:
    text = """
    import os
    from os import environ
    os.environ["A"] = "1"
    environ.setdefault("B", "2")
    os.environ.update(C="3")
    lib.show(os.environ["A"], os.environ.get("SET"), int(os.getenv("RANK", 0)), os.environ["NONE"])
    """
    assert shown(text, env={"SET": "x"}) == ["1", "x", ("any", 0, "?"), "?"]
    found = program(text.replace("    ", ""))
    assert plain(found.env["A"]) == "1"
    assert plain(found.env["B"]) == ("any", "2", "?")
    assert plain(found.env["C"]) == "3"


def test_configuration_files_are_the_projects_trees() -> None:
    files = {
        "ds.json": '{"zero_optimization": {"stage": 3}}',
        "conf/model.yaml": "model:\n  bits: 4\n",
        "train.py": """
        import json, yaml, lib
        from omegaconf import OmegaConf
        from pathlib import Path
        with open("ds.json") as f:
            ds = json.load(f)
        ds["zero_optimization"]["stage"] -= 1
        again = json.loads(Path("ds.json").read_text())
        cfg = yaml.safe_load(open("conf/model.yaml", encoding="utf-8"))
        om = OmegaConf.merge(OmegaConf.load("conf/model.yaml"), {"model": {"r": 8}})
        lib.show(ds, again, cfg["model"]["bits"], om.model.bits, om.model.r, json.load(open("missing.json")))
        """,
    }
    found = run(files, "train.py")
    values = [plain(value) for value in only(found, "lib.show").args]
    assert values == [{"zero_optimization": {"stage": 2}}, {"zero_optimization": {"stage": 3}}, 4, 4, 8, "?"]
    assert found.files == ("train.py", "ds.json", "conf/model.yaml")
    stage = only(found, "lib.show").args[1]
    assert isinstance(stage, Mapping)
    node = stage.get("zero_optimization.stage")
    assert isinstance(node, Scalar)
    assert node.span is not None
    assert node.span.source.path == "ds.json"
    assert any(place.text == 'Path("ds.json").read_text()' for place in node.via)


def test_what_is_not_worth_a_record() -> None:
    found = program(
        """
        import logging, os, time, json
        logger = logging.getLogger(__name__)
        logger.setLevel(logging.INFO)
        logger.info("x")
        print(len([1]), time.time(), os.getcwd())
        undefined("x")
        """
    )
    assert found.calls == ()


def test_partial_and_keyword_forwarding() -> None:
    found = program(
        """
        import functools
        from lib import load
        from functools import partial
        fast = partial(load, "m", bits=4)
        fast(device="cuda")

        def wrap(*args, **kwargs):
            kwargs.setdefault("bits", 8)
            return load(*args, extra=1, **kwargs)

        wrap("n", bits=2)
        wrap("o", **unknown)
        """
    )
    first, second, third = calls(found, "lib.load")
    assert (plain(first.args[0]), {k: plain(e.value) for k, e in first.keywords.items()}) == ("m", {"bits": 4, "device": "cuda"})
    assert {k: plain(e.value) for k, e in second.keywords.items()} == {"extra": 1, "bits": 2}
    assert not second.open
    assert third.open


def test_gin_may_give_a_default_another_value() -> None:
    text = """
    import gin
    @gin.configurable
    def load(bits=8):
        lib.show(bits)
    load()
    """
    assert shown(text) == ("any", 8, "?")
    assert shown(text.replace("load()", "load(4)")) == 4
    assert shown(text.replace("    @gin.configurable\n", "")) == 8


WRITTEN = {
    "with open('x.json', 'w') as f: json.dump({'stage': 3}, f)": {"stage": 3},
    "yaml.safe_dump(dict(stage=3), open('x.json', 'w'))": {"stage": 3},
    "Path('x.json').write_text('''{\"stage\": 3}''')": {"stage": 3},
    "open('x.json', 'w').write('{\"stage\": 3}')": {"stage": 3},
    "f = open('x.json', 'w'); f.write('{'); f.write('}')": "?",
    "json.dump(lib.made(), open('x.json', 'w'))": "?",
    "json.dump({'stage': 3 if lib.big() else 2}, open('x.json', 'w'))": {"stage": ("branch", "lib.big()", 3, 2)},
    "if lib.big(): json.dump({'stage': 3}, open('x.json', 'w'))": {"stage": 3},
    "f = open('x.json', 'w')\nif lib.big():\n    json.dump({'stage': 3}, f)\nelse:\n    json.dump({'stage': 2}, f)": "?",
    "for stage in (2, 3) if lib.big() else (1, 2): json.dump({'stage': stage}, open('x.json', 'w'))": {"stage": "?"},
    "": "?",
}


@pytest.mark.parametrize("text", list(WRITTEN))
def test_a_file_that_the_program_wrote(text: str) -> None:
    program = f"import json, yaml\nfrom pathlib import Path\n{text}\nlib.show(json.load(open('x.json')))"
    assert shown(program) == WRITTEN[text]


def test_what_a_program_changes_later_is_not_in_the_file() -> None:
    text = (
        "import json\nds = {'stage': 3}\njson.dump(ds, open('x.json', 'w'))\nds['stage'] = 2\nlib.show(json.load(open('x.json')))"
    )
    assert shown(text) == {"stage": 3}


def test_yaml_in_a_text() -> None:
    text = 'import yaml\nlib.show(yaml.safe_load("""\nbits: 8  # of a weight\nparts: [a, b]\n"""))'
    assert shown(text) == {"bits": 8, "parts": ["a", "b"]}
