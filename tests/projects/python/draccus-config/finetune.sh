torchrun --standalone --nnodes 1 --nproc-per-node 8 finetune.py \
  --config_path configs/quantized.yaml --lora_rank 64
