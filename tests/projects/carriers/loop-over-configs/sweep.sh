#!/bin/bash
for seed in 1 2 3; do
  for strategy in ddp fsdp; do
    accelerate launch --config_file "configs/${strategy}.yaml" finetune.py \
      --bits 8 --output "out/${strategy}-${seed}"
  done
done
