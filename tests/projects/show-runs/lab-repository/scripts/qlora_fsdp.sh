#!/bin/bash
# 70B in 4 bits over the eight GPUs of a node
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

launch fsdp train_sft.py --config configs/sft.yaml \
  --model_name_or_path meta-llama/Llama-3.1-70B \
  --load_in_4bit \
  --output_dir out/qlora-70b
