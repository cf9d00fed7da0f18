#!/bin/bash
set -xue
export OMP_NUM_THREADS=8

PRETRAINED_MODEL_PATH="meta-llama/Llama-2-70b-hf"
declare -a dataset=(
    data/part-00000.jsonl
    data/part-00001.jsonl
)

# without --plugin it is the parser's default
colossalai run --nproc_per_node 8 --hostfile hostfile --master_port 30013 train.py \
    --pretrained $PRETRAINED_MODEL_PATH \
    --dataset ${dataset[@]} \
    --save_dir "lora-$(date +%F)" \
    --mixed_precision "bf16" \
    --lora_rank 64 --quantize \
    --use_grad_checkpoint
