#!/bin/bash
OUTPUT=${1:-./out}
mkdir -p $OUTPUT
deepspeed --num_gpus 4 main.py \
   --model_name_or_path meta-llama/Llama-2-7b-hf \
   --num_train_epochs 1 \
   --deepspeed --deepspeed_config ds_config.json &> $OUTPUT/training.log
