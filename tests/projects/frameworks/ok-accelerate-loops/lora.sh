CUDA_VISIBLE_DEVICES=0 python train.py --lora
python train.py --lora --device_map auto
for config in multi zero1 zero2 zero3 zero3_offload fsdp1 fsdp2; do
  accelerate launch --config_file configs/$config.yaml train.py --lora
done
