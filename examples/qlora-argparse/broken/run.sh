#!/usr/bin/env bash
set -e
accelerate launch --config_file fsdp.yaml finetune.py --bits 8 --lora_r 32 --output_dir output/guanaco
