#!/bin/bash
export CUDA_VISIBLE_DEVICES=0
for recipe in lora full qlora qlora_bf16 lora_8bit qlora_stored gptq awq quanto torchao_int8; do
  python $recipe.py --output_dir out/$recipe --bf16 --per_device_train_batch_size 1
done
