#!/bin/bash
# one executed notebook for each experiment
papermill finetune.ipynb out/lora-4bit.ipynb -p output_dir out/lora-4bit
papermill --log-output finetune.ipynb out/lora-8bit.ipynb -p bits 16 -p fsdp "full_shard auto_wrap" -p output_dir out/lora-8bit
