#!/bin/bash
# stages 1 and 2 keep the parameters whole: every method that trains under DDP and talks to NCCL goes with them
for recipe in lora full qlora qlora_bf16 lora_8bit qlora_stored gptq awq; do
  torchrun --nproc_per_node 8 $recipe.py --output_dir out/$recipe --bf16 --deepspeed configs/zero1.json
  torchrun --nproc_per_node 8 $recipe.py --output_dir out/$recipe --bf16 --deepspeed configs/zero2.json
done
# stage 3 shards what bitsandbytes packed
for recipe in lora full qlora qlora_bf16 lora_8bit qlora_stored; do
  torchrun --nproc_per_node 8 $recipe.py --output_dir out/$recipe --bf16 --deepspeed configs/zero3.json
  torchrun --nproc_per_node 8 $recipe.py --output_dir out/$recipe --bf16 --deepspeed configs/zero3_offload.json
done
