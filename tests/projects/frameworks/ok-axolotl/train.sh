#!/bin/sh
axolotl fetch deepspeed_configs
axolotl train qlora-fsdp2.yml --learning-rate 1e-4 --num-processes 8
axolotl train lora-8bit.yml --launcher torchrun -- --nproc_per_node 2
accelerate launch -m axolotl.cli.train full.yml --deepspeed deepspeed_configs/zero3_bf16.json
axolotl merge-lora qlora-fsdp2.yml --lora-model-dir ./outputs
