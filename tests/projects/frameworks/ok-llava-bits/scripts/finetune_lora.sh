#!/bin/bash
deepspeed --num_gpus 8 llava/train/train_mem.py \
    --deepspeed ./scripts/zero3.json \
    --lora_enable True \
    --model_name_or_path ./checkpoints/vicuna \
    --version v1 \
    --data_path ./playground/data.json \
    --vision_tower openai/clip-vit-large-patch14 \
    --bf16 True \
    --output_dir ./checkpoints/llava-lora
