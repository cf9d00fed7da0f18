#!/usr/bin/env bash
# A recipe that PEFT documents: QLoRA under ZeRO-3, the 4-bit weights stored in the dtype of the rest.
accelerate launch --config_file "configs/zero3.yaml" train.py \
--base "meta-llama/Llama-2-70b-hf" \
--four_bit True \
--storage "bfloat16" \
--lora True \
--bf16 True \
--gradient_checkpointing True \
--num_train_epochs 1 \
--output_dir "out/llama-70b-z3"
