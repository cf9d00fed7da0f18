#!/usr/bin/env bash
set -euo pipefail

MODEL=${MODEL:-meta-llama/Llama-3.1-8B}
OUT=out/$(basename "$MODEL")-$(date +%m%d)

ARGS=(
  --model "$MODEL"
  --data data/train.jsonl
  --output "$OUT"
  --bits 8          # fits on a 24 GB card
)
ACCELERATE_ARGS=(--config_file configs/fsdp.yaml --main_process_port 29501)
if [[ -n "${WANDB_API_KEY:-}" ]]; then
  export WANDB_PROJECT=finetune
fi
ARGS+=(--epochs 3)

accelerate launch "${ACCELERATE_ARGS[@]}" finetune.py "${ARGS[@]}" "$@"
