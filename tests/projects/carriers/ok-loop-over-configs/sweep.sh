#!/bin/bash
for seed in 1 2 3; do
  for strategy in ddp fsdp; do
    bits=8
    if [ "$strategy" = fsdp ]; then bits=16; fi
    accelerate launch --config_file "configs/${strategy}.yaml" finetune.py \
      --bits "$bits" --output "out/${strategy}-${seed}"
  done
done
