"""The frameworks that are told in a configuration file."""

from __future__ import annotations

from qp_lint.matrix.methods import Method
from qp_lint.matrix.projects.parts import GPUS, Files, checkpoint, name_of, parallel, yaml_lines


def llamafactory(method: Method, strategy: str, tuning: str) -> Files | None:
    """A YAML file for `llamafactory-cli train`."""
    if (method.load and not method.on_load) or strategy == "device-map" or method.name == "bnb-4bit-bf16":
        return None  # it stores 4-bit weights in the compute dtype by itself
    keys = {
        "model_name_or_path": name_of(method),
        "stage": "sft",
        "do_train": "true",
        "finetuning_type": tuning,
        "dataset": "alpaca_en_demo",
        "template": "llama3",
        "output_dir": "out",
        "bf16": "true",
        "val_size": "0.1",
    }
    if method.on_load:
        keys |= {"quantization_bit": str(method.bits), "quantization_method": method.on_load}
    if strategy.startswith("zero"):
        keys["deepspeed"] = "deepspeed.json"
    run = f"FORCE_TORCHRUN=1 NPROC_PER_NODE={GPUS} llamafactory-cli train train.yaml"
    if strategy == "single":
        run = "CUDA_VISIBLE_DEVICES=0 llamafactory-cli train train.yaml"
    elif strategy.startswith("fsdp"):
        run = "accelerate launch --config_file accelerate.yaml src/train.py train.yaml"
    return {"train.yaml": yaml_lines(keys), "run.sh": f"{run}\n", **checkpoint(method), **parallel(strategy)}


def axolotl(method: Method, strategy: str, tuning: str) -> Files | None:
    """A YAML file for `axolotl train`."""
    if strategy in ("device-map", "fsdp1") or (method.load and method.on_load != "bnb") or method.name == "bnb-4bit":
        return None  # FSDP1 is gone; 4-bit weights are stored in bfloat16
    keys = {"base_model": name_of(method), "bf16": "true", "micro_batch_size": "1", "num_epochs": "1", "output_dir": "./out"}
    keys |= {"sequence_len": "2048", "optimizer": "adamw_torch", "learning_rate": "0.0002", "gradient_accumulation_steps": "4"}
    if method.bits == 4 and method.on_load:
        keys["load_in_4bit"] = "true"
    elif method.bits == 8 and method.on_load:
        keys["load_in_8bit"] = "true"
    if method.name == "gptq":
        keys["gptq"] = "true"
    if tuning == "lora":
        keys |= {"adapter": "qlora" if keys.get("load_in_4bit") else "lora", "lora_r": "16", "lora_alpha": "32"}
        keys["lora_target_linear"] = "true"
    if strategy.startswith("zero"):
        keys["deepspeed"] = "deepspeed.json"
    text = yaml_lines(keys) + "datasets:\n  - path: tatsu-lab/alpaca\n    type: alpaca\n"
    if strategy == "fsdp2":
        text += (
            "fsdp_version: 2\nfsdp_config:\n  reshard_after_forward: true\n  transformer_layer_cls_to_wrap: LlamaDecoderLayer\n"
        )
    processes = 1 if strategy == "single" else GPUS
    run = f"axolotl train config.yaml --launcher torchrun -- --nproc_per_node {processes}\n"
    deepspeed = parallel(strategy) if strategy.startswith("zero") else {}
    return {"config.yaml": text, "run.sh": run, **checkpoint(method), **deepspeed}


def automodel(method: Method, strategy: str, tuning: str) -> Files | None:
    """A recipe of NeMo Automodel."""
    quantized = method.name in ("bnb-4bit-bf16", "bnb-8bit")  # 4-bit weights are stored in bfloat16 unless told otherwise
    if strategy not in ("ddp", "fsdp2") or not (quantized or method.name == "none"):
        return None
    text = (
        "recipe: TrainFinetuneRecipeForNextTokenPrediction\nmodel:\n"
        "  _target_: nemo_automodel.NeMoAutoModelForCausalLM.from_pretrained\n"
        f"  pretrained_model_name_or_path: {name_of(method)}\n  torch_dtype: bfloat16\n"
        f"distributed:\n  strategy: {strategy}\n  tp_size: 1\n  cp_size: 1\n"
    )
    if tuning == "lora":
        text += "peft:\n  _target_: nemo_automodel.components._peft.lora.PeftConfig\n  target_modules: '*_proj'\n  dim: 16\n"
    if quantized:
        text += f"quantization:\n  load_in_{method.bits}bit: true\n"
    return {"train.yaml": text, "run.sh": f"automodel train.yaml --nproc-per-node {GPUS}\n", **checkpoint(method)}


def h2o_llmstudio(method: Method, strategy: str, tuning: str) -> Files | None:
    """An experiment of H2O LLM Studio."""
    backbone = {"none": "bfloat16", "bnb-4bit": "int4", "bnb-8bit": "int8"}.get(method.name)
    if backbone is None or strategy not in ("single", "ddp", "zero2", "zero3"):
        return None
    deepspeed = strategy.startswith("zero")
    gpus = range(1 if strategy == "single" else GPUS)
    text = (
        f"architecture:\n  backbone_dtype: {backbone}\n  pretrained: true\nenvironment:\n  gpus: {[str(gpu) for gpu in gpus]}\n"
        f"  use_deepspeed: {str(deepspeed).lower()}\n  deepspeed_method: ZeRO{strategy[4] if deepspeed else 2}\n"
        f"llm_backbone: {name_of(method)}\nproblem_type: text_causal_language_modeling\n"
        f"training:\n  lora: {str(tuning == 'lora').lower()}\n"
    )
    run = f"./distributed_train.sh {GPUS} -Y experiment.yaml\n"
    if strategy == "single":
        run = "python llm_studio/train.py -Y experiment.yaml\n"
    return {"experiment.yaml": text, "run.sh": run, **checkpoint(method)}


def autotrain(method: Method, strategy: str, tuning: str) -> Files | None:
    """A configuration of AutoTrain, which launches DDP or ZeRO-3 over the GPUs that it sees."""
    quantization = {"none": "null", "bnb-4bit": "int4", "bnb-8bit": "int8"}.get(method.name)
    if quantization is None or strategy not in ("ddp", "zero3"):
        return None
    backend = "deepspeed" if strategy == "zero3" else "null"
    text = (
        f"task: llm-sft\nbase_model: {name_of(method)}\nproject_name: out\nbackend: local\ndata:\n  path: data\n"
        f"params:\n  peft: {str(tuning == 'lora').lower()}\n  quantization: {quantization}\n  mixed_precision: bf16\n"
        f"  distributed_backend: {backend}\n"
    )
    return {"config.yml": text, "run.sh": "autotrain --config config.yml\n", **checkpoint(method)}
