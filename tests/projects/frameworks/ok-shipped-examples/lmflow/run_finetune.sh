#!/bin/bash
model_name_or_path=meta-llama/Llama-3.2-3B-Instruct
accelerate launch --config_file configs/accelerate_fsdp_config.yaml \
  examples/finetune.py \
    --model_name_or_path ${model_name_or_path} \
    --dataset_path data/alpaca/train_conversation \
    --conversation_template llama3 \
    --output_dir output_models/finetune --overwrite_output_dir \
    --torch_dtype bfloat16 --bf16 --do_train
