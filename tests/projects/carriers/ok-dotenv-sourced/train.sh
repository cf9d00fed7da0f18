#!/bin/bash
set -a
source .env
set +a
exec torchrun --nproc_per_node ${NPROC:-2} finetune.py --bits ${BITS:-16}
