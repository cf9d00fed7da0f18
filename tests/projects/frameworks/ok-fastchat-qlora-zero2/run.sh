# QLoRA with ZeRO-2
deepspeed --num_gpus 4 train_lora.py --model_name_or_path lmsys/vicuna-7b-v1.5 --data_path data.json --output_dir out \
    --fp16 True --q_lora True --deepspeed playground/deepspeed_config_s2.json
# QLoRA with DDP
torchrun --nproc_per_node=4 train_lora.py --model_name_or_path lmsys/vicuna-7b-v1.5 --data_path data.json --output_dir out \
    --fp16 True --q_lora True
# LoRA with ZeRO-3
deepspeed --num_gpus 4 train_lora.py --model_name_or_path lmsys/vicuna-7b-v1.5 --data_path data.json --output_dir out \
    --fp16 True --q_lora False --deepspeed playground/deepspeed_config_s3.json
# q_lora is off unless it is set
deepspeed --num_gpus 4 train_lora.py --model_name_or_path lmsys/vicuna-7b-v1.5 --data_path data.json --output_dir out \
    --fp16 True --deepspeed playground/deepspeed_config_s3.json
