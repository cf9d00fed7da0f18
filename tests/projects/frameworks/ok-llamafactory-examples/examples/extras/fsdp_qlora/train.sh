#!/bin/bash
# not for GPTQ or AWQ checkpoints

CUDA_VISIBLE_DEVICES=0,1 accelerate launch \
    --config_file examples/accelerate/fsdp_config.yaml \
    src/train.py examples/extras/fsdp_qlora/sft.yaml
