#!/usr/bin/env bash
MODEL=${1:?which model}
shift

ARGS=(
  --model_name_or_path "$MODEL"
  --load-in-4bit
  --dtype bf16
  --quant-storage bf16
  --lora-rank 64
)
accelerate launch --config_file fsdp.yaml train_lora.py "${ARGS[@]}"
