for quantize in nf4 nf4-bf16 int8; do
  CUDA_VISIBLE_DEVICES=0 python train.py --lora --quantize $quantize
  for config in multi zero2 zero3; do
    accelerate launch --config_file configs/$config.yaml train.py --lora --quantize $quantize
  done
done
# FSDP shards 4-bit weights that are packed into the model's data type
accelerate launch --config_file configs/fsdp1.yaml train.py --lora --quantize nf4-bf16
accelerate launch --config_file configs/fsdp2.yaml train.py --lora --quantize nf4-bf16
