"""The frameworks that are told on their command line."""

from __future__ import annotations

import json

from qp_lint.matrix.methods import Method
from qp_lint.matrix.projects.parts import GPUS, Files, checkpoint, name_of, parallel


def swift(method: Method, strategy: str, tuning: str) -> Files | None:
    """`swift sft`; visible GPUs that no process is started for share the model (device_map)."""
    if strategy == "fsdp1" or (method.load and method.on_load not in ("bnb", "hqq", "eetq") and method.name != "quanto"):
        return None  # `--fsdp` means FSDP2
    words = [f"--model {name_of(method)} --tuner_type {tuning} --dataset alpaca --torch_dtype bfloat16"]
    if method.load:
        words.append(f"--quant_method {method.on_load or method.name} --quant_bits {method.bits or 8}")
    if method.name == "bnb-4bit-bf16":
        words.append("--bnb_4bit_quant_storage bfloat16")
    if strategy.startswith("zero"):
        words.append(f"--deepspeed {strategy.replace('-', '_')}")
    elif strategy == "fsdp2":
        words.append("--fsdp fsdp2")
    env = {"single": "CUDA_VISIBLE_DEVICES=0", "device-map": "CUDA_VISIBLE_DEVICES=0,1"}.get(strategy, f"NPROC_PER_NODE={GPUS}")
    return {"run.sh": f"{env} swift sft {' '.join(words)}\n", **checkpoint(method)}


def litgpt(method: Method, strategy: str, tuning: str) -> Files | None:
    """`litgpt finetune_lora` or `finetune_full`: several devices shard by a strategy that the command chooses."""
    quantize = {"bnb-4bit": "bnb.nf4", "bnb-8bit": "bnb.int8-training"}.get(method.name)
    sharded = "fsdp2" if tuning == "lora" else "fsdp1"
    if strategy not in ("single", sharded) or not (quantize or method.name == "none"):
        return None
    precision = "16-true" if method.bits == 8 else "bf16-true"
    words = f"litgpt finetune_{tuning} {name_of(method)} --precision {precision} --devices {1 if strategy == 'single' else GPUS}"
    return {"run.sh": f"{words}{f' --quantize {quantize}' if quantize else ''}\n", **checkpoint(method)}


def torchtune(method: Method, strategy: str, tuning: str) -> Files | None:
    """`tune run` of a recipe with one of torchtune's own configurations."""
    if strategy not in ("single", "fsdp2") or method.name not in ("none", "torchao-nf4"):
        return None
    spread = "single_device" if strategy == "single" else "distributed"
    torchrun = "" if strategy == "single" else f"--nproc_per_node {GPUS} "
    kind = "lora_finetune" if tuning == "lora" else "full_finetune"
    quantized = " model.quantize_base=True" if method.name != "none" else ""
    if quantized and tuning == "full":
        return None  # `quantize_base` is an option of the LoRA builders
    return {"run.sh": f"tune run {torchrun}{kind}_{spread} --config llama3_1/8B_{tuning}{quantized}\n"}


def openrlhf(method: Method, strategy: str, tuning: str) -> Files | None:
    """`openrlhf.cli.train_sft` under DeepSpeed."""
    if strategy not in ("zero1", "zero2", "zero3") or method.name not in ("none", "bnb-4bit"):
        return None
    words = f"--model.model_name_or_path {name_of(method)} --ds.param_dtype bf16 --ds.zero_stage {strategy[4]}"
    words += " --ds.lora.rank 16" if tuning == "lora" else ""
    words += " --ds.load_in_4bit" if method.bits else ""
    return {"run.sh": f"deepspeed --num_gpus {GPUS} --module openrlhf.cli.train_sft {words}\n", **checkpoint(method)}


def llama_cookbook(method: Method, strategy: str, tuning: str) -> Files | None:
    """The finetuning script of llama-cookbook, which stores 4-bit weights in bfloat16."""
    quantization = {"bnb-4bit-bf16": "4bit", "bnb-8bit": "8bit"}.get(method.name)
    if strategy not in ("single", "fsdp1") or not (quantization or method.name == "none"):
        return None
    words = f"--model_name {name_of(method)} --output_dir out" + (" --use_peft --peft_method lora" if tuning == "lora" else "")
    words += f" --quantization {quantization}" if quantization else ""
    command = f"torchrun --nnodes 1 --nproc_per_node {GPUS} -m llama_cookbook.finetuning --enable_fsdp"
    if strategy == "single":
        command = "CUDA_VISIBLE_DEVICES=0 python -m llama_cookbook.finetuning"
    return {"run.sh": f"{command} {words}\n", **checkpoint(method)}


def lmflow(method: Method, strategy: str, tuning: str) -> Files | None:
    """LMFlow's finetuning script, which stores 4-bit weights in bfloat16."""
    bits = {"bnb-4bit-bf16": 4, "bnb-8bit": 8}.get(method.name)
    if strategy in ("single", "device-map", "ddp") or not (bits or method.name == "none") or (bits and tuning == "full"):
        return None
    tuned = f" --use_qlora 1 --quant_bit {bits}" if bits else " --use_lora 1" if tuning == "lora" else ""
    command = f"deepspeed --num_gpus {GPUS} examples/finetune.py --deepspeed deepspeed.json"
    if strategy.startswith("fsdp"):
        command = "accelerate launch --config_file accelerate.yaml examples/finetune.py"
    words = f"--model_name_or_path {name_of(method)} --dataset_path data --conversation_template llama3 --bf16 --do_train"
    return {"run.sh": f"{command} {words}{tuned}\n", **checkpoint(method), **parallel(strategy)}


def xtuner(method: Method, strategy: str, tuning: str) -> Files | None:
    """`xtuner train` with a configuration of mmengine."""
    if not strategy.startswith("zero") or method.name not in ("none", "bnb-4bit") or (method.bits and tuning == "full"):
        return None
    quantized = ", quantization_config=dict(type=BitsAndBytesConfig, load_in_4bit=True)" if method.bits else ""
    adapter = ", lora=dict(type=LoraConfig, r=64, task_type='CAUSAL_LM')" if tuning == "lora" else ""
    text = (
        "import torch\nfrom peft import LoraConfig\nfrom transformers import AutoModelForCausalLM, BitsAndBytesConfig\n"
        "from xtuner.model import SupervisedFinetune\n\nllm = dict(type=AutoModelForCausalLM.from_pretrained, "
        f"pretrained_model_name_or_path={json.dumps(name_of(method))}, torch_dtype=torch.float16{quantized})\n"
        f"model = dict(type=SupervisedFinetune, llm=llm{adapter})\n"
    )
    run = f"NPROC_PER_NODE={GPUS} xtuner train config.py --deepspeed deepspeed_{strategy.replace('-', '_')}\n"
    return {"config.py": text, "run.sh": run, **checkpoint(method)}
