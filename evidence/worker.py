"""One process of a cell of `cells.py`: loads, wraps and trains, and says in which phase it failed."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from checkpoints import CHECKPOINTS, HIDDEN, VOCAB

PACKAGES = ("transformers", "accelerate", "peft", "deepspeed", "bitsandbytes", "compressed-tensors", "aqlm", "hqq", "torchao")
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
