#!/usr/bin/env bash
set -euo pipefail
axolotl preprocess configs/lora.yml
axolotl train configs/lora.yml --launcher torchrun --load_in_8bit -- --nproc_per_node 4
