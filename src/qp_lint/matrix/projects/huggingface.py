"""The libraries around transformers, used from a script."""

from __future__ import annotations

from qp_lint.matrix.methods import Method
from qp_lint.matrix.projects.parts import GPUS, Files, checkpoint, launch, name_of, parallel

ADAPTER = "LoraConfig(r=16, target_modules='all-linear', task_type='CAUSAL_LM')"


def loading(method: Method, strategy: str, *names: str) -> tuple[list[str], str]:
    """The imports of a script that takes `names` from transformers, and the call that loads the model."""
    options = ["dtype=torch.bfloat16"]
    if method.load:
        options.append(f"quantization_config={method.load}")
    elif method.name in ("gptq", "awq"):
        options.append(
            f'quantization_config={"GPTQConfig(bits=4, " if method.name == "gptq" else "AwqConfig("}backend="auto_trainable")'
        )
    if strategy == "device-map":
        options.append('device_map="auto"')
    extra = {"gptq": ", GPTQConfig", "awq": ", AwqConfig"}.get(method.name, "")
    imports = [f"from transformers import AutoModelForCausalLM{''.join(f', {name}' for name in names)}{extra}"]
    call = f"AutoModelForCausalLM.from_pretrained({name_of(method)!r}, {', '.join(options)})"
    return ["import torch", *imports, *method.imports.splitlines()], call


def script(lines: list[str], method: Method, strategy: str) -> Files:
    """The project of a script."""
    return {"train.py": "\n".join(lines) + "\n", **launch(strategy, "train.py"), **checkpoint(method), **parallel(strategy)}


def configured(strategy: str) -> str:
    """The training argument that names DeepSpeed's configuration, where there is one."""
    return ", deepspeed='deepspeed.json'" if strategy.startswith("zero") else ""


def transformers(method: Method, strategy: str, tuning: str) -> Files | None:
    """A script with the Trainer."""
    imports, load = loading(method, strategy, "Trainer", "TrainingArguments")
    lines = [
        *imports,
        "from peft import LoraConfig, get_peft_model",
        "",
        f"args = TrainingArguments('out', bf16=True{configured(strategy)})",
        f"model = {load}",
        *([f"model = get_peft_model(model, {ADAPTER})"] if tuning == "lora" else []),
        "Trainer(model=model, args=args, train_dataset=data).train()",
    ]
    return script(lines, method, strategy)


def trl(method: Method, strategy: str, tuning: str) -> Files | None:
    """A script with the SFTTrainer."""
    imports, load = loading(method, strategy)
    lines = [
        *imports,
        "from peft import LoraConfig",
        "from trl import SFTConfig, SFTTrainer",
        "",
        f"args = SFTConfig('out', bf16=True{configured(strategy)})",
        f"model = {load}",
        f"SFTTrainer(model=model, args=args, train_dataset=data{f', peft_config={ADAPTER}' if tuning == 'lora' else ''}).train()",
    ]
    return script(lines, method, strategy)


def accelerate(method: Method, strategy: str, tuning: str) -> Files | None:
    """A loop of one's own around Accelerator.prepare."""
    deepspeed = strategy.startswith("zero")
    plugin = ", deepspeed_plugin=DeepSpeedPlugin(hf_ds_config='deepspeed.json')" if deepspeed else ""
    imports, load = loading(method, strategy)
    lines = [
        *imports,
        "from peft import LoraConfig, get_peft_model",
        f"from accelerate import Accelerator{', DeepSpeedPlugin' if deepspeed else ''}",
        "",
        f"accelerator = Accelerator(mixed_precision='bf16'{plugin})",
        f"model = {load}",
        *([f"model = get_peft_model(model, {ADAPTER})"] if tuning == "lora" else []),
        "optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)",
        "model, optimizer, loader = accelerator.prepare(model, optimizer, loader)",
        "for batch in loader:",
        "    accelerator.backward(model(**batch).loss)",
        "    optimizer.step()",
        "    optimizer.zero_grad()",
    ]
    return script(lines, method, strategy)


def unsloth(method: Method, strategy: str, tuning: str) -> Files | None:
    """A script with FastLanguageModel and TRL's SFTTrainer."""
    if (method.load and method.on_load != "bnb") or method.name == "bnb-4bit-bf16" or strategy == "device-map":
        return None
    bits = method.bits if method.on_load else 4 if method.name == "bnb-4bit-checkpoint" else 0
    options = f"load_in_4bit={bits == 4}" + (", load_in_8bit=True" if bits == 8 else "")
    options += "" if tuning == "lora" else ", full_finetuning=True"
    lines = [
        "from unsloth import FastLanguageModel",
        "from trl import SFTConfig, SFTTrainer",
        "",
        f"model, tokenizer = FastLanguageModel.from_pretrained({name_of(method)!r}, max_seq_length=2048, {options})",
        *(["model = FastLanguageModel.get_peft_model(model, r=16)"] if tuning == "lora" else []),
        f"args = SFTConfig('out', bf16=True{configured(strategy)})",
        "SFTTrainer(model=model, processing_class=tokenizer, args=args, train_dataset=data).train()",
    ]
    return script(lines, method, strategy)


def lightning(method: Method, strategy: str, tuning: str) -> Files | None:
    """A script with Lightning's Trainer, whose plugin quantizes linear layers; what is tuned is the module's own affair."""
    mode = {"bnb-4bit": "nf4", "bnb-8bit": "int8-training"}.get(method.name)
    chosen = {"single": "auto", "ddp": "ddp", "fsdp1": "fsdp", "zero1": "deepspeed_stage_1", "zero2": "deepspeed_stage_2"}
    chosen |= {"zero3": "deepspeed_stage_3", "zero3-offload": "deepspeed_stage_3_offload"}
    if strategy not in chosen or not (mode or method.name == "none") or (mode and tuning == "full"):
        return None
    dtype = "torch.float16" if method.bits == 8 else "torch.bfloat16"  # what int8 needs
    precision = f"plugins=BitsandbytesPrecision({mode!r}, {dtype})" if mode else "precision='bf16-true'"
    lines = [
        "import lightning as L",
        "import torch",
        "from lightning.pytorch.plugins import BitsandbytesPrecision",
        "",
        "from model import LitModel",
        "",
        f"trainer = L.Trainer(devices={1 if strategy == 'single' else GPUS}, strategy={chosen[strategy]!r}, {precision})",
        "trainer.fit(LitModel())",
    ]
    return {"train.py": "\n".join(lines) + "\n"}


def colossalai(method: Method, strategy: str, tuning: str) -> Files | None:
    """A program with ColossalAI's Booster, which quantizes in `enable_lora` and nowhere else."""
    plugins = {"ddp": "TorchDDPPlugin()", "fsdp1": "TorchFSDPPlugin()"}
    plugins |= {f"zero{stage}": f"LowLevelZeroPlugin(stage={stage}, precision='bf16')" for stage in (1, 2, 3)}
    quantized = {"bnb-4bit": "quantize=True", "bnb-8bit": "bnb_quantization_config=BnbQuantizationConfig(load_in_8bit=True)"}
    asked = quantized.get(method.name, "")
    if strategy not in plugins or not (asked or method.name == "none") or (asked and tuning == "full"):
        return None
    lora = f"model = booster.enable_lora(model, lora_config=LoraConfig(r=16){f', {asked}' if asked else ''})"
    lines = [
        "import colossalai",
        "import torch",
        "from colossalai.booster import Booster",
        f"from colossalai.booster.plugin import {plugins[strategy].partition('(')[0]}",
        "from colossalai.nn.optimizer import HybridAdam",
        "from colossalai.quantization import BnbQuantizationConfig",
        "from peft import LoraConfig",
        "from transformers import AutoModelForCausalLM",
        "",
        "colossalai.launch_from_torch()",
        f"booster = Booster(plugin={plugins[strategy]})",
        f"model = AutoModelForCausalLM.from_pretrained({name_of(method)!r}, torch_dtype=torch.bfloat16)",
        *([lora] if tuning == "lora" else []),
        "optimizer = HybridAdam([p for p in model.parameters() if p.requires_grad])",
        "model, optimizer, *_ = booster.boost(model, optimizer)",
        "for batch in []:",
        "    booster.backward(model(**batch).loss, optimizer)",
        "    optimizer.step()",
    ]
    run = {"run.sh": f"colossalai run --nproc_per_node {GPUS} train.py\n"}
    return {"train.py": "\n".join(lines) + "\n", **run, **checkpoint(method)}
