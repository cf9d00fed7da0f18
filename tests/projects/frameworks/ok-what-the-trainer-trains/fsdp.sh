#!/bin/bash
for recipe in lora full qlora_bf16; do
  accelerate launch --config_file configs/fsdp1.yaml $recipe.py --output_dir out/$recipe --bf16
  accelerate launch --config_file configs/fsdp2.yaml $recipe.py --output_dir out/$recipe --bf16
done
