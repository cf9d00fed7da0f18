"""Programs that are started with words: what each library makes of them."""

from __future__ import annotations

import pytest
from tests.evaluate.programs import only, plain, project, run, shown

from qp_lint.evaluate import evaluate
from qp_lint.tree import Unknown

CLICK = """
import click

@click.group()
@click.option("-v", "--verbose", is_flag=True)
@click.pass_context
def cli(ctx, verbose):
    pass

@cli.command()
@click.argument("path")
@click.option("--bits", "-b", type=int, default=16, envvar="BITS")
@click.option("--quantize/--no-quantize", default=False)
@click.option("--target", "targets", multiple=True)
def train(path, bits, quantize, targets):
    lib.show(path, bits, quantize, targets)

@cli.command("eval")
def evaluate_model():
    lib.other()

cli()
"""
TYPER = """
import typer
from typing import Annotated, List, Optional
app = typer.Typer()

@app.command()
def train(
    path: str,
    bits: Annotated[int, typer.Option("--bits", "-b", envvar="BITS")] = 16,
    quantize: bool = False,
    targets: List[str] = typer.Option([], "--target"),
):
    lib.show(path, bits, quantize, targets)

@app.command("eval")
def evaluate_model():
    lib.other()

app()
"""
FIRE = """
import fire

class Runner:
    def __init__(self, bits=16):
        self.bits = bits

    def train(self, path, quantize=False, targets=()):
        lib.show(path, self.bits, quantize, targets)

    def _hidden(self):
        lib.other()

fire.Fire(Runner)
"""


@pytest.mark.parametrize(
    ("text", "line", "value"),
    [
        (CLICK, "-v train data --quantize -b 4 --target q --target v", ["data", 4, True, ["q", "v"]]),
        (CLICK, "train --no-quantize data", ["data", 16, False, []]),
        (TYPER, "train data --quantize -b 4 --target q --target v", ["data", 4, True, ["q", "v"]]),
        (TYPER, "train --no-quantize data", ["data", 16, False, []]),
        (FIRE, "train data --quantize --bits 4 --targets q", ["data", 4, True, "q"]),
        (FIRE, "--bits=8 train --noquantize data", ["data", 8, False, []]),
    ],
)
def test_commands(text: str, line: str, value: list[object]) -> None:
    found = shown(text, line)
    assert isinstance(found, list)
    assert [16 if item == ("any", 16, "?") else item for item in found] == value  # BITS may be set elsewhere


@pytest.mark.parametrize("text", [CLICK, TYPER])
def test_a_variable_gives_what_no_word_gives(text: str) -> None:
    assert shown(text, "train data", env={"BITS": "8"}) == ["data", 8, False, []]


@pytest.mark.parametrize("text", [CLICK, TYPER])
def test_another_command_is_not_run(text: str) -> None:
    found = run({"train.py": "import lib\n" + text}, "train.py", "eval")
    assert [call.function for call in found.calls if call.function.startswith("lib.")] == ["lib.other"]


@pytest.mark.parametrize("text", [CLICK, TYPER])
def test_without_a_launch_any_command_may_be_meant(text: str) -> None:
    found = run({"train.py": "import lib\n" + text}, "train.py")
    (train,) = [call for call in found.calls if call.function == "lib.show"]
    (other,) = [call for call in found.calls if call.function == "lib.other"]
    assert [arm.index for arm in (*train.when, *other.when)] == [0, 1]
    assert plain(train.args[2]) == ("any", False, True)


def test_groups_of_fire_are_named_by_words() -> None:
    text = "import fire\ndef train(bits=16, **more):\n    lib.show(bits, more)\nfire.Fire({'train': train, 'chat': print})"
    assert shown(text, "train --bits 4 --extra x") == [4, {"extra": "x"}]


def test_flags_of_absl() -> None:
    text = """
    from absl import app, flags
    FLAGS = flags.FLAGS
    flags.DEFINE_bool("quantize", True, "")
    BITS = flags.DEFINE_integer("bits", 16, "")
    flags.DEFINE_enum("kind", "nf4", ["nf4", "fp4"], "")
    def main(argv):
        lib.show(FLAGS.quantize, BITS.value, FLAGS.kind, FLAGS.other)
    app.run(main)
    """
    assert shown(text, "--noquantize --bits=4 --kind fp4") == [False, 4, "fp4", "?"]
    assert shown(text, "") == [True, 16, "nf4", "?"]
    assert shown(text, "--flagfile=more.txt") == [("any", True, False), ("any", 16, "?"), ("any", "nf4", "fp4"), "?"]


NESTED = """
from dataclasses import dataclass, field
from typing import Optional

@dataclass
class Model:
    name: Optional[str] = None
    quantize: bool = False

@dataclass
class Config:
    model: Model = field(default_factory=lambda: Model(name="default"))
    steps: int = 10
    def __post_init__(self):
        lib.checked(self.model.quantize)
"""


def test_data_classes_of_tyro() -> None:
    text = NESTED + "import tyro\nc = tyro.cli(Config)\nlib.show(c.model.name, c.model.quantize, c.steps)"
    assert shown(text, "--model.quantize --steps 5") == ["default", True, 5]
    assert shown(text, "--model.name x --model.no-quantize") == ["x", False, 10]
    found = run({"train.py": "import lib\n" + text}, "train.py", "--model.quantize")
    assert plain(only(found, "lib.checked").args[0]) is True


def test_configuration_files_of_jsonargparse() -> None:
    files = {
        "train.py": "import lib\n"
        + NESTED
        + "from jsonargparse import CLI\ndef main(model: Model = Model(), steps: int = 10):\n"
        + "    lib.show(model.name, model.quantize, steps)\nCLI(main)",
        "c.yaml": "model:\n  name: y\n  quantize: true\nsteps: 3\n",
    }
    found = only(run(files, "train.py", "--config c.yaml --steps 4 --model.quantize false"), "lib.show")
    assert [plain(value) for value in found.args] == ["y", False, 4]
    name = found.args[0].span
    assert name is not None
    assert name.source.path == "c.yaml"


def test_parsers_of_jsonargparse_are_nested() -> None:
    text = (
        NESTED
        + """
from jsonargparse import ArgumentParser, ActionConfigFile
parser = ArgumentParser()
parser.add_argument("--config", action=ActionConfigFile)
parser.add_argument("--train.steps", type=int, default=1)
parser.add_class_arguments(Model, "model")
cfg = parser.parse_args()
lib.show(cfg.train.steps, cfg.model.name, parser.instantiate_classes(cfg).model.quantize)
"""
    )
    assert shown(text, "--train.steps 7 --model.quantize true") == [7, None, True]


SUBPARSERS = """
import argparse
def train(args): lib.show(args.bits)
def chat(args): lib.other(args.path)
parser = argparse.ArgumentParser()
commands = parser.add_subparsers(dest="command", required=True)
first = commands.add_parser("train")
first.add_argument("--bits", type=int, default=16)
first.set_defaults(run=train)
second = commands.add_parser("chat")
second.add_argument("path")
second.set_defaults(run=chat)
args = parser.parse_args()
"""


def test_subparsers_are_decided_together() -> None:
    text = "import lib\n" + SUBPARSERS + "args.run(args)\nif args.command == 'train':\n    lib.trained()"
    found = run({"train.py": text}, "train.py")
    arms = {call.function: [arm.index for arm in call.when] for call in found.calls if call.function.startswith("lib.")}
    assert arms == {"lib.show": [0], "lib.other": [1], "lib.trained": [0]}
    launched = run({"train.py": text}, "train.py", "train --bits 4")
    assert [call.function for call in launched.calls if call.function.startswith("lib.")] == ["lib.show", "lib.trained"]


def test_match_on_a_command() -> None:
    text = "import lib\n" + SUBPARSERS + "match args.command:\n    case 'chat':\n        lib.a()\n    case _:\n        lib.b()"
    found = run({"train.py": text}, "train.py")
    arms = {call.function: [arm.index for arm in call.when] for call in found.calls if call.function in ("lib.a", "lib.b")}
    assert arms == {"lib.a": [1], "lib.b": [0]}


def test_words_in_a_file() -> None:
    files = {
        "train.py": "import argparse, lib\np = argparse.ArgumentParser(fromfile_prefix_chars='@')\n"
        "p.add_argument('--bits', type=int, default=16)\nlib.show(p.parse_args().bits)",
        "words.txt": "--bits\n4\n",
    }
    assert plain(only(run(files, "train.py", "@words.txt"), "lib.show").args[0]) == 4
    assert plain(only(run(files, "train.py", "@gone.txt"), "lib.show").args[0]) == ("any", 16, "?")


def test_defaults_that_are_not_known_leave_options_open() -> None:
    text = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--bits', type=int, default=16)\n"
    assert shown(text + "p.set_defaults(**unknown())\nlib.show(p.parse_args().bits)", "") == ("any", 16, "?")


def test_of_a_word_with_an_unknown_value_the_option_is_known() -> None:
    text = "import argparse, lib\np = argparse.ArgumentParser()\np.add_argument('--bits', type=int, default=16)\n"
    text += "p.add_argument('--out')\n"
    found = evaluate(
        project({"train.py": text + "a, rest = p.parse_known_args()\nlib.show(a.bits, a.out, rest)"}),
        "train.py",
        arguments=[Unknown(hint="--out="), Unknown(hint="--other=")],
    )
    assert [plain(value) for value in only(found, "lib.show").args] == [16, "?", ["?"]]
    data = "from dataclasses import dataclass\nimport lib\nfrom transformers import HfArgumentParser, TrainingArguments\n"
    data += "@dataclass\nclass M:\n    bits: int = 16\n"
    data += "m, t = HfArgumentParser((M, TrainingArguments)).parse_args_into_dataclasses()\n"
    found = evaluate(
        project({"train.py": data + "lib.show(m.bits, t.output_dir)"}), "train.py", arguments=[Unknown(hint="--output_dir=")]
    )
    assert [plain(value) for value in only(found, "lib.show").args] == [16, "?"]
    assert not only(found, "transformers.TrainingArguments").open


LIGHTNING = """
from lightning.pytorch.cli import LightningCLI
class CLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.set_defaults({"trainer.strategy": "fsdp", "model.lr": 1})
        parser.set_defaults(**{"trainer.devices": 8})
CLI(lib.Model, trainer_defaults={"devices": 4, "precision": "bf16-true"})
"""


def test_defaults_of_a_lightning_cli_win_over_those_it_is_given() -> None:
    call = only(run({"train.py": LIGHTNING}, "train.py", "fit"), "LightningCLI")
    assert plain(call.argument("trainer_defaults")) == {"devices": 8, "precision": "bf16-true", "strategy": "fsdp"}


ENGINE = """
import argparse
import deepspeed
parser = argparse.ArgumentParser()
parser.add_argument("--local_rank", type=int)
args = deepspeed.add_config_arguments(parser).parse_args()
deepspeed.initialize(args=args, model=lib.Model()HERE)
"""


@pytest.mark.parametrize(
    ("line", "more", "config"),
    [
        ("--deepspeed --deepspeed_config ds.json", "", "ds.json"),
        ("", "", None),
        (None, "", "?"),
        ("--deepspeed_config ds.json", ', config="other.json"', "other.json"),
    ],
)
def test_the_arguments_of_a_program_name_the_configuration_of_deepspeed(line: str | None, more: str, config: str) -> None:
    call = only(run({"train.py": ENGINE.replace("HERE", more)}, "train.py", line), "deepspeed.initialize")
    found = plain(call.argument("config"))
    assert found == config if config != "?" else found == ("any", None, "?")
