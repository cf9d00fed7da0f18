#!/bin/bash
export CUDA_VISIBLE_DEVICES=${1:-0}
python train_sft.py --config configs/sft.yaml --load_in_4bit --output_dir out/qlora-7b
