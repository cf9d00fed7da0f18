#!/bin/bash
for recipe in lora full qlora qlora_bf16 lora_8bit qlora_stored gptq awq quanto; do
  torchrun --nproc_per_node 8 $recipe.py --output_dir out/$recipe --bf16 --ddp_find_unused_parameters false
done
