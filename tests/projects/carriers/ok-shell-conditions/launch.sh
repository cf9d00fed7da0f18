#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/env.sh"

case "$PARALLEL" in
  fsdp) CONFIG=$ACCELERATE_CONFIG_DIR/fsdp.yaml ;;
  ddp | none) CONFIG=$ACCELERATE_CONFIG_DIR/ddp.yaml ;;
  *) echo "unknown: $PARALLEL" >&2; exit 1 ;;
esac

ARGS=(--model-id mistralai/Mistral-7B-v0.3 --epochs 1)
if [[ $GPUS -gt 1 ]]; then
  ARGS+=(--bits 8)
else
  ARGS+=(--bits 16)
fi

accelerate launch --config_file "$CONFIG" --num_processes "$GPUS" train.py "${ARGS[@]}"
