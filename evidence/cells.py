"""Trains a tiny model in one combination of quantization, parallelism and tuning, and says what happened.

    python evidence/cells.py [--out RESULTS.jsonl] [--hardware TEXT] METHOD:STRATEGY[:TUNING] …

A cell starts as many processes as there are GPUs, as a user would start them (torchrun, `accelerate launch`, plain Python), and
appends one JSON line: what was tried, `outcome` (ok, error, crash, timeout) and `phase` in which it ended, error and message,
the losses of three steps, how many MB of parameters and buffers rank 0 holds afterwards (so: sharded or not), what a projection
looked like after loading, and the versions.  The model is a random Llama of 40 M parameters; nothing is downloaded.

METHOD: fp, bnb4, bnb4-bf16, bnb8, hqq, quanto8, torchao8, fp8, eetq, and checkpoints: ct (compressed-tensors W4A16), aqlm,
bnb4-saved.
EETQ's kernels are for GPUs before Hopper: plain PyTorch takes their place, since what they compute does not change how weights
are sharded; under transformers 4 the rest of the `eetq` package has to be installed.
STRATEGY: single, auto (device_map), ddp, zero1, zero2, zero3, fsdp1, fsdp2, tp (tp_plan="auto"); with -reentrant or -nonreentrant
behind it: under gradient checkpointing of that kind; loop-zero2, loop-zero3 (a hand-written loop with deepspeed.initialize);
loop-fsdp2-bnb (one with fully_shard and bitsandbytes' AdamW8bit); lightning-ddp, lightning-zero2, lightning-zero3, lightning-fsdp
(BitsandbytesPrecision with METHOD bnb4).
TUNING: lora (default) or full.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from checkpoints import CHECKPOINTS, base
from worker import Cell, versions

TIMEOUT = 90
FSDP = """\
compute_environment: LOCAL_MACHINE
distributed_type: FSDP
mixed_precision: {precision}
num_machines: 1
num_processes: {processes}
machine_rank: 0
main_training_function: main
fsdp_config:
  fsdp_version: {version}
  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP
  fsdp_transformer_layer_cls_to_wrap: LlamaDecoderLayer
  fsdp_cpu_ram_efficient_loading: true
  fsdp_state_dict_type: FULL_STATE_DICT
  fsdp_use_orig_params: true
"""


def command(strategy: str, folder: Path, gpus: int, precision: str) -> list[str]:
    """How the processes of a strategy are started."""
    if strategy in ("single", "auto"):
        return [sys.executable]
    if strategy.startswith("fsdp"):
        config = folder / f"{strategy}.yaml"
        config.write_text(FSDP.format(processes=gpus, version=strategy[-1], precision=precision))
        return [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config)]
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={gpus}"]


def cell(name: str, folder: Path, gpus: int) -> dict[str, Any]:
    """Run one cell in processes of its own."""
    method, strategy, *rest = name.split(":")
    tuning = rest[0] if rest else "lora"
    result: dict[str, Any] = {"method": method, "strategy": strategy, "tuning": tuning}
    if method in CHECKPOINTS and not (folder / method / "config.json").exists():
        done = subprocess.run(
            [sys.executable, __file__, "--make", method, "--folder", str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return {**result, "outcome": "not made", "message": done.stderr.strip().splitlines()[-1][:400]}
    answers = folder / "answers"
    answers.mkdir(exist_ok=True)
    for old in answers.iterdir():
        old.unlink()
    words = [
        *command(strategy, folder, gpus, "fp16" if method == "eetq" else "bf16"),
        __file__,
        "--worker",
        name,
        "--folder",
        str(folder),
    ]
    env = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "DS_SKIP_CUDA_CHECK": "1"}
    if strategy == "single":
        env["CUDA_VISIBLE_DEVICES"] = "0"
    try:
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return {**result, "outcome": "timeout"}
    found = [json.loads(path.read_text()) for path in sorted(answers.iterdir())]
    wrong = [answer for answer in found if answer["outcome"] != "ok"]
    if wrong or found:
        return {**result, **(wrong or found)[0]}
    return {**result, "outcome": "crash", "message": " | ".join(done.stderr.strip().splitlines()[-3:])[-400:]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cells", nargs="*", metavar="METHOD:STRATEGY[:TUNING]")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--hardware", default="")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--make", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        method, strategy, *rest = given.worker.split(":")
        worker = Cell(method, strategy, rest[0] if rest else "lora", given.folder)
        answer = worker.run()
        (given.folder / "answers" / f"{worker.rank}.json").write_text(json.dumps(answer))
        os._exit(0 if answer["outcome"] == "ok" else 1)  # other ranks may wait for this one: torchrun ends them
    if given.make:
        CHECKPOINTS[given.make](given.folder)
        return
    import torch

    gpus = torch.cuda.device_count()
    with tempfile.TemporaryDirectory() as name:
        base(Path(name))
        for each in given.cells:
            row = {**cell(each, Path(name), gpus), "versions": versions(), "hardware": given.hardware}
            print(json.dumps(row), flush=True)
            if given.out:
                with given.out.open("a") as file:
                    file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
