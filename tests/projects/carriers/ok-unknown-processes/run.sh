#!/bin/bash
# started by the scheduler, which sets WORLD, RANK and ADDR
torchrun --nnodes=$WORLD --node_rank=$RANK --master_addr=$ADDR \
    --nproc_per_node=$(nvidia-smi --list-gpus | wc -l) \
    -m pkg.train --fsdp=full_shard --out=$OUT
