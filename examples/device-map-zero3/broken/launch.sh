#!/bin/bash
MODEL=${MODEL:-Qwen/Qwen2.5-14B}
OUT=${OUT:-out/qwen-14b}

deepspeed --num_gpus 8 train.py \
    --model_name "$MODEL" \
    --output_dir "$OUT" \
    --deepspeed configs/ds_zero3.json \
    --bf16 true \
    --per_device_train_batch_size 2 \
    --learning_rate 1e-5 \
    --num_train_epochs 2
