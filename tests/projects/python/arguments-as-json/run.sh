#!/bin/bash
FSDP='{"transformer_layer_cls_to_wrap": ["LlamaDecoderLayer"], "activation_checkpointing": true}'
torchrun --nproc_per_node 8 train.py --output_dir out --bf16 --per_device_train_batch_size 1 \
    --fsdp "full_shard auto_wrap" --fsdp_config "$FSDP" \
    --gradient_checkpointing --gradient_checkpointing_kwargs '{"use_reentrant": false}'
