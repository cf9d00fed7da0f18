#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

CONFIG=${CONFIG:-configs/fsdp.yaml}

accelerate launch \
  --config_file "$CONFIG" \
  --num_processes 4 \
  src/train.py
