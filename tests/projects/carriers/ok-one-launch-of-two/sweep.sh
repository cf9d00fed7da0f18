#!/bin/sh
accelerate launch --config_file fsdp.yaml train.py --out out/float
accelerate launch --config_file fsdp.yaml train.py --quantize nf4 --out out/nf4
accelerate launch --config_file ddp.yaml train.py --quantize=int8 --out out/int8
accelerate launch --multi_gpu --num_processes 2 train.py --quantize int8 --out out/int8-ddp
