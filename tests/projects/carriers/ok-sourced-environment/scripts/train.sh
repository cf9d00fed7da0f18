#!/bin/bash
set -e
HERE="$( cd "$( dirname "${BASH_SOURCE[0]}" )" >/dev/null 2>&1 && pwd )"
source "$HERE/env.sh"

torchrun --standalone --nproc_per_node "$NPROC" "$HERE/../finetune.py" --bits 8 --output out/8bit
