#!/bin/bash
for recipe in lora full qlora qlora_bf16 lora_8bit qlora_stored gptq awq quanto torchao_int8; do
  python $recipe.py --output_dir out/$recipe --bf16 --device_map auto
done
