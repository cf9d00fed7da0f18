#!/bin/bash
IMAGE=nvcr.io/nvidia/pytorch:24.12-py3

docker run --rm -it --gpus all --ipc=host --ulimit memlock=-1 \
  -v "$(pwd)":/workspace/project \
  -v "$HOME/.cache/huggingface":/cache/huggingface \
  -e HF_TOKEN="$HF_TOKEN" \
  -e ACCELERATE_USE_FSDP=true \
  -w /workspace/project \
  "$IMAGE" \
  torchrun --nproc_per_node 4 /workspace/project/finetune.py --bits 8
