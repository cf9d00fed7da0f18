#!/bin/bash
# one executed notebook for each experiment
papermill finetune.ipynb out/full.ipynb -p use_lora False -p output_dir out/full
papermill --log-output finetune.ipynb out/lora-8bit.ipynb -p bits 8 -p output_dir out/lora-8bit
papermill --log-output finetune.ipynb out/full-8bit.ipynb -p bits 8 -p use_lora False -p output_dir out/full-8bit
