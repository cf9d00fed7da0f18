#!/bin/bash
ACCELERATE_LOG_LEVEL=info accelerate launch --config_file recipes/zero3.yaml \
    scripts/run_sft.py recipes/config_lora.yaml --load_in_4bit=false --lora_r=64
