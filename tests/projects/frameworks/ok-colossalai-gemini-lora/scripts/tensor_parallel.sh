#!/bin/bash
# all weights over tensor parallelism, adapters without it
torchrun --nproc_per_node 8 train.py --pretrained meta-llama/Llama-2-70b-hf --dataset data/part-00000.jsonl \
    --plugin 3d --tp 8 --mixed_precision bf16
torchrun --nproc_per_node 8 train.py --pretrained meta-llama/Llama-2-70b-hf --dataset data/part-00000.jsonl \
    --plugin 3d --tp 1 --zero_stage 1 --mixed_precision bf16 --lora_rank 64 --quantize
torchrun --nproc_per_node 8 train.py --pretrained meta-llama/Llama-2-7b-hf --dataset data/part-00000.jsonl \
    --plugin gemini --mixed_precision bf16
