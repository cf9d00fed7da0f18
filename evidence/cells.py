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
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from checkpoints import CHECKPOINTS, HIDDEN, VOCAB, base

PACKAGES = ("transformers", "accelerate", "peft", "deepspeed", "bitsandbytes", "compressed-tensors", "aqlm", "hqq", "torchao")
TIMEOUT = 90
STEPS = 3


def versions() -> dict[str, str]:
    """The versions of what is installed."""
    found = {}
    for name in (*PACKAGES, "optimum-quanto", "pytorch-lightning", "torch"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def without_kernels() -> None:
    """Put plain PyTorch in place of EETQ's kernels, those of its package and those of the `kernels` package."""
    import types

    import torch
    import transformers

    def quant_weights(weight: Any, dtype: Any, _: bool) -> tuple[Any, Any]:
        scales = weight.float().abs().amax(0) / 127
        return (weight.float() / scales).round().to(dtype), scales.half()

    def w8_a16_gemm(rows: Any, weight: Any, scales: Any) -> Any:
        return rows @ (weight.to(rows.dtype) * scales.to(rows.dtype))

    kernels: Any = types.ModuleType("EETQ")
    kernels.quant_weights, kernels.w8_a16_gemm = quant_weights, w8_a16_gemm
    kernels.preprocess_weights = kernels.w8_a16_gemm_ = kernels.rotary_embedding_neox = torch.clone
    sys.modules["EETQ"] = kernels
    if int(transformers.__version__.split(".")[0]) >= 5:
        from transformers.integrations import hub_kernels
        from transformers.quantizers import quantizer_eetq

        hub_kernels.get_kernel = lambda *args, **kwargs: kernels
        quantizer_eetq.is_kernels_available = lambda *args, **kwargs: True


# --- the processes of one cell -------------------------------------------------------------------------------------------


class Cell:
    """One process of a cell: remembers the phase, so that a failure can be placed."""

    def __init__(self, method: str, strategy: str, tuning: str, folder: Path) -> None:
        self.method, self.strategy, self.tuning, self.folder = method, strategy, tuning, folder
        self.rank = int(os.environ.get("LOCAL_RANK", "0"))
        self.facts: dict[str, Any] = {}
        self.phase = "arguments"
        self.half = method == "eetq"  # its scales are float16
        if self.half:
            without_kernels()

    def run(self) -> dict[str, Any]:
        """Train; returns what is to be recorded."""
        try:
            if self.strategy.startswith("lightning"):
                self.lightning()
            elif self.strategy == "loop-fsdp2-bnb":
                self.sharded_loop()
            elif self.strategy.startswith("loop"):
                self.loop()
            else:
                self.trainer()
            return {"outcome": "ok", "phase": "done", **self.facts}
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{'/'.join(last.filename.split('/')[-3:])}:{last.lineno}"
            text = str(error).strip().splitlines() or [""]
            return {
                "outcome": "error",
                "phase": self.phase,
                "error": type(error).__name__,
                "message": text[0][:400],
                "at": place,
                **self.facts,
            }

    def deepspeed_config(self, auto: bool = True) -> dict[str, Any]:
        stage = int(self.strategy.partition("zero")[2][0])
        dtype = {"enabled": True, "initial_scale_power": 8} if self.half else {"enabled": True}
        config: dict[str, Any] = {"fp16" if self.half else "bf16": dtype, "zero_optimization": {"stage": stage}}
        config["train_micro_batch_size_per_gpu"] = "auto" if auto else 2
        return config

    def trainer(self) -> None:
        import torch
        from transformers import Trainer, TrainingArguments

        extra: dict[str, Any] = {}
        if self.strategy.startswith("zero"):
            extra["deepspeed"] = self.deepspeed_config()
        if self.strategy.endswith("reentrant"):
            kind = {"use_reentrant": not self.strategy.endswith("-nonreentrant")}
            extra |= {"gradient_checkpointing": True, "gradient_checkpointing_kwargs": kind}
        args = TrainingArguments(
            str(self.folder / "out"),
            bf16=not self.half,
            fp16=self.half,
            max_steps=STEPS,
            per_device_train_batch_size=2,
            learning_rate=1e-3,
            lr_scheduler_type="constant",
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            seed=1,
            **extra,
        )
        model = self.tuned(self.load())
        if self.strategy.endswith("reentrant"):
            model.enable_input_require_grads()
        self.phase = "trainer"
        rows = torch.randint(0, VOCAB, (64, 64), generator=torch.Generator().manual_seed(3))
        data = [{"input_ids": row, "labels": row.clone()} for row in rows]
        trainer = Trainer(model=model, args=args, train_dataset=data)  # type: ignore[arg-type]
        self.phase = "train"
        trainer.train()
        self.facts["losses"] = [round(entry["loss"], 4) for entry in trainer.state.log_history if "loss" in entry]
        self.facts["local_mb"] = self.local(trainer.model_wrapped)

    def loop(self) -> None:
        import deepspeed
        import torch

        torch.cuda.set_device(self.rank)
        deepspeed.init_distributed()
        model = self.tuned(self.load())
        self.phase = "prepare"
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=1e-3)
        config = self.deepspeed_config(auto=False) | {"zero_allow_untested_optimizer": True}
        engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=config)
        self.phase = "train"
        losses = []
        rows = torch.randint(0, VOCAB, (STEPS * 2, 64), generator=torch.Generator().manual_seed(3)).to(engine.device)
        for step in range(STEPS):
            batch = rows[2 * step : 2 * step + 2]
            loss = engine(input_ids=batch, labels=batch).loss
            engine.backward(loss)
            engine.step()
            losses.append(round(float(loss), 4))
        self.facts["losses"] = losses
        self.facts["local_mb"] = self.local(engine.module)

    def sharded_loop(self) -> None:
        import torch
        from bitsandbytes.optim import AdamW8bit
        from torch.distributed.fsdp import fully_shard

        torch.cuda.set_device(self.rank)
        torch.distributed.init_process_group("nccl")
        model = self.tuned(self.load()).cuda()
        self.phase = "prepare"
        for layer in model.get_submodule("model" if self.tuning == "full" else "base_model.model.model").layers:
            fully_shard(layer)
        fully_shard(model)
        optimizer = AdamW8bit([parameter for parameter in model.parameters() if parameter.requires_grad], lr=1e-3)
        self.phase = "train"
        batch = torch.randint(0, VOCAB, (2, 64), generator=torch.Generator().manual_seed(3)).cuda()
        losses = []
        for _ in range(STEPS):
            loss = model(input_ids=batch, labels=batch).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(round(float(loss), 4))
        self.facts["losses"] = losses

    def lightning(self) -> None:
        import pytorch_lightning as pl
        import torch
        from pytorch_lightning.plugins.precision import BitsandbytesPrecision

        class Model(pl.LightningModule):
            """Frozen 4-bit layers with a trainable head."""

            def configure_model(self) -> None:
                if not hasattr(self, "body"):
                    layers = [torch.nn.Linear(HIDDEN, HIDDEN, bias=False) for _ in range(8)]
                    self.body = torch.nn.Sequential(*layers).requires_grad_(False)
                    self.head = torch.nn.Parameter(torch.zeros(HIDDEN, 8))

            def training_step(self, batch: Any, index: int) -> Any:
                hidden = self.body(batch[0].to(torch.bfloat16))
                loss = ((hidden @ self.head.to(hidden.dtype)) - 1).pow(2).mean()
                losses.append(round(float(loss), 4))
                return loss

            def configure_optimizers(self) -> Any:
                return torch.optim.AdamW([self.head], lr=1e-2)

        losses: list[float] = []
        strategies = {"ddp": "ddp", "zero2": "deepspeed_stage_2", "zero3": "deepspeed_stage_3", "fsdp": "fsdp"}
        self.phase = "trainer"
        plugin = [BitsandbytesPrecision("nf4", dtype=torch.bfloat16)] if self.method == "bnb4" else []
        trainer = pl.Trainer(
            strategy=strategies[self.strategy.split("-")[1]],
            devices=int(os.environ.get("WORLD_SIZE", "1")),
            accelerator="gpu",
            plugins=plugin,
            precision=None if plugin else "bf16-true",
            max_steps=STEPS,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
        )
        torch.manual_seed(1)
        data = torch.utils.data.TensorDataset(torch.randn(64, HIDDEN))
        self.phase = "train"
        model = Model()
        trainer.fit(model, torch.utils.data.DataLoader(data, batch_size=4))
        self.facts["losses"] = losses
        self.facts["local_mb"] = self.local(model)
        self.facts["layer"] = type(model.body[0]).__name__

    def load(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM

        self.phase = "load"
        named = "dtype" if versions()["transformers"] >= "4.56" else "torch_dtype"
        kwargs: dict[str, Any] = {named: torch.float16 if self.half else torch.bfloat16}
        if self.strategy == "tp":
            kwargs["tp_plan"] = "auto"
        if self.strategy == "auto":
            kwargs["device_map"] = "auto"
        config = self.quantization()
        if config is not None:
            kwargs["quantization_config"] = config
        name = self.folder / (self.method if self.method in CHECKPOINTS else "fp")
        model = AutoModelForCausalLM.from_pretrained(str(name), **kwargs)
        layer = model.model.layers[0].self_attn.q_proj
        self.facts["layer"] = type(layer).__name__
        weight = next(iter([*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False)]), None)
        if weight is not None:
            name_, tensor = weight
            kind = f"{type(tensor).__name__} {tensor.dtype} {tuple(tensor.shape)} {tensor.device}"
            self.facts["weight"] = f"{name_}: {kind}"
        return model

    def quantization(self) -> Any:
        import torch
        import transformers

        if self.method in ("bnb4", "bnb4-bf16"):
            storage = {"bnb_4bit_quant_storage": torch.bfloat16} if self.method.endswith("bf16") else {}
            return transformers.BitsAndBytesConfig(
                load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16, **storage
            )
        if self.method == "bnb8":
            return transformers.BitsAndBytesConfig(load_in_8bit=True)
        if self.method == "hqq":
            return transformers.HqqConfig(nbits=4, group_size=64)
        if self.method == "quanto8":
            return transformers.QuantoConfig(weights="int8")
        if self.method == "torchao8":
            from torchao.quantization import Int8WeightOnlyConfig

            return transformers.TorchAoConfig(Int8WeightOnlyConfig())
        if self.method == "eetq":
            return transformers.EetqConfig("int8")
        if self.method == "fp8":
            return transformers.FineGrainedFP8Config()
        return None

    def tuned(self, model: Any) -> Any:
        from peft import LoraConfig, get_peft_model

        self.phase = "tune"
        if self.tuning == "full":
            return model
        config = LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
        return get_peft_model(model, config)

    def local(self, model: Any) -> float:
        """MB of parameters and buffers that this process holds."""
        total = 0
        for tensor in (*model.parameters(), *model.buffers()):
            held = getattr(tensor, "ds_tensor", None)
            held = tensor if held is None else held
            held = held.to_local() if hasattr(held, "to_local") else held
            total += held.numel() * held.element_size()
        return round(total / 1e6, 1)


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

# --- the driver ----------------------------------------------------------------------------------------------------------


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
