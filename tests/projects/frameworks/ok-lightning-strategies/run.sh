python one_gpu.py
python one_gpu.py --quantize nf4
python one_gpu.py --quantize int8-training
for strategy in ddp deepspeed_stage_1 deepspeed_stage_2 deepspeed_stage_3 deepspeed_stage_3_offload fsdp; do
  python train_$strategy.py
done
