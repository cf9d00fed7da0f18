#!/usr/bin/env bash
accelerate launch --config_file fsdp.yaml train.py \
  --model meta-llama/Llama-3.1-70B \
  --output-dir out/llama-70b-qlora
