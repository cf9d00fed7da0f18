#!/bin/bash
set -xue
export OMP_NUM_THREADS=8

PRETRAINED_MODEL_PATH="meta-llama/Llama-2-70b-hf"

for plugin in zero1 zero2 zero2_cpu ddp; do
    colossalai run --nproc_per_node 8 --hostfile hostfile --master_port 30013 train.py \
        --pretrained $PRETRAINED_MODEL_PATH \
        --dataset data/part-00000.jsonl \
        --save_dir "lora-$plugin" \
        --plugin $plugin \
        --mixed_precision "bf16" \
        --lora_rank 64 --quantize \
        --use_grad_checkpoint
done
