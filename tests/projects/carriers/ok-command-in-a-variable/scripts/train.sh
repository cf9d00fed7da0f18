#!/bin/bash
# usage: bash scripts/train.sh
cd "$(dirname "$0")/.."

GPUS=4
LAUNCHER="accelerate launch --config_file configs/ddp.yaml --num_processes $GPUS"
PROGRAM="finetune.py --model Qwen/Qwen2.5-7B --data data/train.jsonl"
OPTIONS="--bits 8 --epochs 2"

CMD="$LAUNCHER $PROGRAM $OPTIONS"
echo "$CMD" | tee logs/command.txt
eval "$CMD" 2>&1 | tee logs/train.log
