#!/usr/bin/env bash
set -e
cd "$(dirname "$0")/.."
deepspeed --num_gpus 8 src/tune/cli.py train data/tokenized -m Qwen/Qwen2.5-14B --deepspeed configs/zero3.json
