#!/bin/bash
export CUDA_DEVICE_MAX_CONNECTIONS=1
GPUS_PER_NODE=${GPUS_PER_NODE:-2}
MODEL="Qwen/Qwen-7B-Chat-Int4"  # a GPTQ checkpoint
DATA="data/chat.json"

DISTRIBUTED_ARGS="
    --nproc_per_node $GPUS_PER_NODE \
    --nnodes 1 \
    --master_addr localhost \
    --master_port 6001
"

torchrun $DISTRIBUTED_ARGS finetune.py \
    --model_name_or_path $MODEL \
    --data_path $DATA \
    --fp16 True \
    --output_dir output_qwen \
    --per_device_train_batch_size 2 \
    --use_lora \
    --q_lora \
    --deepspeed finetune/ds_config_zero2.json
