#!/bin/bash
STAGE=2
cat > ds_config.json <<JSON
{
  "train_micro_batch_size_per_gpu": "auto",
  "bf16": {"enabled": "auto"},
  "zero_optimization": {
    "stage": $STAGE,
    "overlap_comm": true
  }
}
JSON

deepspeed --num_gpus=4 train.py --deepspeed ds_config.json
