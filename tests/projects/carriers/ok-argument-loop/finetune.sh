#!/bin/bash
MODEL="Qwen/Qwen2.5-7B"
DATA=""
DS_CONFIG=ds_zero2.json

while [[ "$1" != "" ]]; do
    case $1 in
        -m | --model ) shift; MODEL=$1 ;;
        -d | --data ) shift; DATA=$1 ;;
        --deepspeed ) shift; DS_CONFIG=$1 ;;
        * ) echo "unknown argument $1"; exit 1 ;;
    esac
    shift
done

torchrun --nproc_per_node 8 finetune.py --model_name_or_path $MODEL --data_path $DATA --q_lora True \
    --bf16 True --output_dir out --deepspeed ${DS_CONFIG}
