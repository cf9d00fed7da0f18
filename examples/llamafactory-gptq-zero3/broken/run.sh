#!/usr/bin/env bash
set -euo pipefail

export NCCL_P2P_LEVEL=NVL
FORCE_TORCHRUN=1 NPROC_PER_NODE=4 llamafactory-cli train train.yaml
