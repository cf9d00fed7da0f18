#!/bin/bash
CUDA_VISIBLE_DEVICES=0,1,2,3 \
NPROC_PER_NODE=4 \
swift sft \
    --model Qwen/Qwen2.5-14B-Instruct \
    --train_type lora \
    --dataset AI-ModelScope/alpaca-gpt4-data-en#1000 \
    --torch_dtype bfloat16 \
    --quant_method bnb --quant_bits 8 \
    --fsdp fsdp2 \
    --output_dir output
