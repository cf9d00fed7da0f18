"""`--fix`, `--diff`, `--show-fixes`, `--add-ignore` as a user sees them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.fix.samples import DEEPSPEED, FSDP, LLAMAFACTORY, QLORA, SHARDED, ZERO_3, read, write

from qp_lint.cli import cli
from qp_lint.cli.baselines import Accepted
from qp_lint.cli.request import request
from qp_lint.diagnostics import Finding, Severity
from qp_lint.text import Source

Project = Callable[..., Path]
FIXED = "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_storage=torch.bfloat16)"


def test_reports_say_what_can_be_fixed(project: Project, qp: Any) -> None:
    project({**QLORA, **SHARDED})
    text = qp().output
    assert "= help: set bnb_4bit_quant_storage to the model's data type [fix available with --fix]" in text
    assert "= help: use ZeRO-2 instead of ZeRO-3 [fix available with --fix --unsafe-fixes]" in text
    assert "1 fixable with --fix, 1 more with --unsafe-fixes." in text
    found = {item["code"]: item for item in json.loads(qp("--output-format", "json").output)["diagnostics"]}
    (fix,) = [fix for fix in found["QP210"]["fixes"] if fix["applicability"] == "safe"]
    (change,) = fix["changes"]
    assert change["path"] == "train.py"
    assert change["text"] == ", bnb_4bit_quant_storage=torch.bfloat16"
    assert change["range"]["start"] == change["range"]["end"]


def test_a_report_from_the_cache_says_the_same(project: Project, qp: Any) -> None:
    project(QLORA)
    for path in ("train.py", "fsdp.yaml", "run.sh", "pyproject.toml", "."):
        os.utime(path, (1, 1))
    assert qp("--output-format", "json").output == qp("--output-format", "json").output


def test_safe_fixes(project: Project, qp: Any) -> None:
    folder = project({**QLORA, **SHARDED})
    before = read(folder)
    result = qp("--fix", "--show-fixes", "--output-format", "concise")
    assert (
        "train.py:7: QP210 bnb4-fsdp1-integer-storage: set bnb_4bit_quant_storage to the model's data type (safe)"
        in result.stderr
    )
    assert result.stderr.endswith("Fixed 1 finding in 1 file.\n")
    assert "QP101" in result.stdout
    assert "QP210" not in result.stdout
    assert result.exit_code == 1
    now = read(folder)
    assert FIXED in now["train.py"].decode()
    assert {**now, "train.py": b""} == {**before, "train.py": b""}
    assert qp("--fix").exit_code == 1
    assert read(folder) == now, "a second time changes nothing"


def test_unsafe_fixes(project: Project, qp: Any) -> None:
    folder = project({**QLORA, **SHARDED})
    result = qp("--fix", "--unsafe-fixes")
    assert result.stderr == "Fixed 2 findings in 2 files.\n"
    assert result.exit_code == 0
    assert '"stage": 2' in read(folder)[DEEPSPEED].decode()
    assert b"stage3_" not in read(folder)[DEEPSPEED]


def test_fix_only(project: Project, qp: Any) -> None:
    project({**QLORA, **SHARDED})
    result = qp("--fix-only")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "Fixed 1 finding in 1 file.\n", 0)


def test_what_is_not_reported_is_not_fixed(project: Project, qp: Any) -> None:
    folder = project(QLORA)
    before = read(folder)
    for arguments in (("--ignore", "QP210"), ("--select", "QP1"), ("fsdp2.yaml",)):
        write(folder, {"fsdp2.yaml": "a: 1\n"})
        qp("--fix", *arguments)
    (folder / "fsdp2.yaml").unlink()
    assert read(folder) == before
    ignored = QLORA["train.py"].replace("_8bit", "_4bit").replace("=True),", "=True),  # qp-lint: ignore[QP210] known")
    write(folder, {"train.py": ignored})
    qp("--fix")
    assert read(folder)["train.py"].decode() == ignored


@pytest.mark.skipif(shutil.which("patch") is None, reason="no patch")
def test_a_diff_is_a_patch(project: Project, qp: Any) -> None:
    crlf = FSDP.replace("\n", "\r\n")
    folder = project(
        {
            **QLORA,
            "fsdp.yaml": crlf,
            **SHARDED,
            "sub dir/train.yaml": LLAMAFACTORY.replace("quantization_bit: 8", "quantization_bit: 8").rstrip("\n"),
            "sound.yaml": LLAMAFACTORY.replace("quantization_bit: 8", "quantization_bit: 4"),
        }
    )
    before = read(folder)
    result = qp("--diff", "--unsafe-fixes")
    assert result.exit_code == 1
    assert read(folder) == before, "nothing is written"
    assert "Would fix" in result.stderr
    (folder / "fix.diff").write_bytes(result.stdout_bytes)
    subprocess.run(["patch", "-p1", "-s", "-i", "fix.diff"], check=True, cwd=folder)
    (folder / "fix.diff").unlink()
    patched = read(folder)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    write(folder, before)
    qp("--fix", "--unsafe-fixes")
    assert read(folder) == patched
    assert any(path.endswith("_config.json") and path not in before for path in patched), "a copy for the run that changes"
    again = qp("--diff", "--unsafe-fixes")
    assert (again.stdout, again.exit_code) == ("", 0)


def test_diff_of_standard_input(project: Project) -> None:
    project({"train.yaml": "a: 1\n"})
    text = LLAMAFACTORY.replace("deepspeed: examples/deepspeed/ds_z3_config.json  # sharding", "infer_backend: vllm")
    arguments = ["-", "--stdin-filename", "train.yaml", "--isolated"]
    result = CliRunner().invoke(cli, [*arguments, "--diff"], input=text)
    assert "\n-infer_backend: vllm\n" in result.stdout
    assert result.exit_code == 1
    refused = CliRunner().invoke(cli, [*arguments, "--fix"], input=text)
    assert "standard input cannot be changed" in refused.output


def test_excluded_files_do_not_change(project: Project) -> None:
    folder = project({**SHARDED, "qp-lint.toml": 'exclude = ["examples"]\n'})
    before = read(folder)
    result = CliRunner().invoke(cli, [".", "--fix", "--unsafe-fixes"])
    assert "QP101" in result.output
    assert read(folder) == before


def test_the_whole_project_is_looked_at(project: Project, qp: Any) -> None:
    """With one file given, a file that it shares with a sound run is still not changed."""
    folder = project({**SHARDED, "sound.yaml": LLAMAFACTORY.replace("quantization_bit: 8\n", "")})
    qp("train.yaml", "--fix", "--unsafe-fixes")
    assert read(folder)[DEEPSPEED].decode() == ZERO_3
    assert b"z2_config" in read(folder)["train.yaml"]


def test_encodings_and_marks(project: Project, qp: Any) -> None:
    text = "# -*- coding: latin-1 -*-\n# für später\n" + QLORA["train.py"]
    folder = project({**QLORA, "train.py": text.encode("latin-1")})
    qp("--fix")
    assert read(folder)["train.py"] == text.replace("BitsAndBytesConfig(load_in_4bit=True)", FIXED).encode("latin-1")
    write(folder, {"train.py": b"\xef\xbb\xbf" + QLORA["train.py"].replace("\n", "\r\n").encode()})
    qp("--fix")
    expected = QLORA["train.py"].replace("BitsAndBytesConfig(load_in_4bit=True)", FIXED).replace("\n", "\r\n")
    assert read(folder)["train.py"] == b"\xef\xbb\xbf" + expected.encode()


def test_a_file_that_cannot_be_written(project: Project, qp: Any) -> None:
    folder = project({**QLORA, **SHARDED})
    os.chmod("train.py", 0o444)
    before = read(folder)
    result = qp("--fix", "--unsafe-fixes")
    assert result.stderr == "Error: train.py: is read-only; nothing was changed\n"
    assert result.exit_code == 1
    assert read(folder) == before


def test_unused_ignores_are_taken_out(project: Project, qp: Any) -> None:
    folder = project(
        {
            "train.yaml": LLAMAFACTORY.replace("quantization_bit: 8", "quantization_bit: 4  # qp-lint: ignore[QP103] once")
            .replace("### model\n", "### model\n# qp-lint: ignore-file[QP101]\n")
            .replace("# not full", "# not full # qp-lint: ignore[QP103, QP107]"),
            DEEPSPEED: ZERO_3,
        }
    )
    qp("--fix")
    assert read(folder)["train.yaml"].decode() == LLAMAFACTORY.replace("quantization_bit: 8", "quantization_bit: 4")


def test_ignores_are_added(project: Project, qp: Any) -> None:
    folder = project({**QLORA, **SHARDED})
    result = qp("--add-ignore=known since May")
    assert "QP101 cannot be ignored by a comment here" in result.stderr, "JSON has no comments"
    assert (
        b"quantization_config=BitsAndBytesConfig(load_in_4bit=True),  # qp-lint: ignore[QP210] known since May\n"
        in read(folder)["train.py"]
    )
    left = json.loads(qp("--output-format", "json").output)["diagnostics"]
    assert [item["code"] for item in left] == ["QP101"]


def test_ignores_where_a_line_cannot_hold_one(project: Project, qp: Any) -> None:
    launch = "accelerate launch --use_fsdp --num_processes 2 \\\n  --mixed_precision bf16 train.py \\\n  --fsdp_version 1\n"
    folder = project({"train.py": QLORA["train.py"], "run.sh": launch})
    result = qp("--add-ignore")
    assert result.exit_code == 0
    assert json.loads(qp("--output-format", "json").output)["diagnostics"] == []
    assert read(folder)["run.sh"].decode() in (launch, f"# qp-lint: ignore[QP210]\n{launch}")


def test_what_the_baseline_hides_is_left_alone(project: Project, qp: Any) -> None:
    folder = project({"train.yaml": LLAMAFACTORY, **SHARDED, "train.py": QLORA["train.py"]})
    use = ("--baseline", "known.json", "--unsafe-fixes")
    qp("--baseline", "known.json", "--write-baseline")
    write(folder, {name: text for name, text in QLORA.items() if name != "train.py"})  # a finding that is new
    before = read(folder)
    diff = qp(*use, "--diff").output
    assert "+++ b/train.py" in diff
    assert "config.json" not in diff
    qp(*use, "--add-ignore")
    ignored = read(folder)
    assert [name for name in before if ignored[name] != before[name]] == ["train.py"]
    write(folder, before)
    assert qp(*use, "--fix").exit_code == 0
    now = read(folder)
    assert [name for name in before if now[name] != before[name]] == ["train.py"]
    assert qp("--fix", "--unsafe-fixes").exit_code == 0
    assert b'"stage": 2' in read(folder)[DEEPSPEED], "without the baseline it is fixed"


def test_what_is_hidden_stays_so_while_its_line_changes(project: Project) -> None:
    project({"a.yaml": "x: ONE TWO\n"})
    params = {"paths": (".",), "stdin_filename": None, "isolated": True, "config": None, "baseline": "known.json"}
    given = dict.fromkeys(("select", "extend_select", "ignore", "targets", "formats", "fail_on", "output_file", "exit_zero"), ())
    asked = request({**given, **params, "output_file": None, "fail_on": None, "targets": {}})

    def findings(text: str) -> list[Finding]:
        source = Source("a.yaml", text)
        return [
            Finding(code, "x", Severity.ERROR, word, source.span(text.index(word), text.index(word) + 3))
            for code, word in (("QP101", "ONE"), ("QP102", "TWO"))
            if word in text
        ]

    Path("known.json").write_text(
        json.dumps({"version": 1, "findings": [{"path": "a.yaml", "code": "QP102", "content": "x: ONE TWO", "count": 1}]})
    )
    accepted = Accepted(asked)
    assert [finding.code for finding in accepted.new(findings("x: ONE TWO\n"))] == ["QP101"]
    assert accepted.new(findings("x: TWO\n")) == []
    assert [finding.code for finding in accepted.new(findings("x: TWO\ny: ONE\n"))] == ["QP101"]


KILLED = """\
import os
from qp_lint.cli import cli
real = os.replace
def last(*arguments):
    real(*arguments)
    os._exit(9)
os.replace = last
cli(["--fix", "--unsafe-fixes", "--isolated"])
"""


@pytest.mark.parametrize("below", ["", "sub"])
def test_killed_between_two_files(project: Project, qp: Any, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    """The next --fix finds what was half done, wherever it starts, and does all of it."""
    folder = project({**QLORA, **SHARDED, "sub/x.yaml": "a: 1\n"})
    before = read(folder)
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=folder, check=False, capture_output=True)
    assert done.returncode == 9, done.stderr
    changed = [name for name, text in read(folder).items() if before.get(name, text) != text]
    assert len(changed) == 1, "one of two"
    monkeypatch.chdir(folder / below)
    paths = [".."] if below else []
    notice = "warning[QP906] .qp-lint-unfinished: a --fix was interrupted: some of its files are changed, others are not"
    for _ in range(2):  # the second from the cache
        assert notice in " ".join(qp(*paths).output.replace("../", "").split())
    assert "QP906" not in qp("--ignore", "QP906", *paths).output
    fcntl = pytest.importorskip("fcntl")
    with open(folder / ".qp-lint-unfinished", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # somebody is at work
        assert "QP906" not in qp("--no-cache", *paths).output
    left = read(folder)
    assert qp("--diff", *paths).exit_code == 1
    assert read(folder) == left
    assert "QP906" in qp("launch", "--check", "--", "python", "train.py").output
    result = qp("--fix", "--unsafe-fixes", *paths)
    assert (
        f"a --fix was interrupted, and is undone: {os.path.relpath(folder / changed[0])} is as it was before\n" in result.stderr
    )
    assert result.stderr.endswith("Fixed 2 findings in 2 files.\n")
    assert read(folder).keys() == before.keys()
    assert "interrupted" not in qp("--fix").output
    assert "QP906" not in qp(*paths).output


MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data:
  train.py: |
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig
    from trl import SFTTrainer

    model = AutoModelForCausalLM.from_pretrained(
        "mistralai/Mistral-7B-v0.1",
        quantization_config=BitsAndBytesConfig(load_in_4bit=True),
        device_map="auto",
    )
    SFTTrainer(model, train_dataset=[], peft_config=LoraConfig()).train()
---
apiVersion: v1
kind: Pod
spec:
  containers:
    - command: [torchrun, --nproc_per_node=2, /scripts/train.py]
      volumeMounts: [{name: code, mountPath: /scripts}]
  volumes: [{name: code, configMap: {name: scripts}}]
"""


def test_a_line_inside_of_a_block_goes_with_its_margin(project: Project, qp: Any) -> None:
    root = project({"job.yaml": MAP})
    assert "1 finding" in qp("--fix").output
    assert read(root)["job.yaml"].decode() == MAP.replace('        device_map="auto",\n', "")


LITGPT = """\
apiVersion: batch/v1
kind: Job
spec:
  containers:
    - command: ["litgpt", "finetune_lora"]
      args:
        - --quantize=bnb.nf4
        - --devices
        - "4"
"""


def test_a_number_that_is_a_text_stays_one(project: Project, qp: Any) -> None:
    root = project({"job.yaml": LITGPT})
    qp("--fix", "--unsafe-fixes")
    assert read(root)["job.yaml"].decode() == LITGPT.replace('"4"', '"1"')


def test_what_a_sound_run_does_not_feel_is_changed_for_it_too(project: Project, qp: Any) -> None:
    root = project({**QLORA, "ddp.sh": "torchrun --nproc_per_node 2 train.py\n"})
    assert "Fixed 1 finding" in qp("--fix", "--show-fixes").output
    assert FIXED in read(root)["train.py"].decode()
    assert read(root)["fsdp.yaml"].decode() == QLORA["fsdp.yaml"]
