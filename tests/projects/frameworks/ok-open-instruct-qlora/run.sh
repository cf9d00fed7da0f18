# QLoRA: data parallel, then with ZeRO-2
accelerate launch --mixed_precision bf16 --num_machines 1 --num_processes 4 finetune.py \
    --model_name_or_path meta-llama/Llama-2-13b-hf --train_file data.pt --use_lora --use_qlora --gradient_checkpointing
accelerate launch --mixed_precision bf16 --num_machines 1 --num_processes 4 --use_deepspeed \
    --deepspeed_config_file configs/stage2.json finetune.py \
    --model_name_or_path meta-llama/Llama-2-13b-hf --train_file data.pt --use_lora --use_qlora
# full fine-tuning with ZeRO-3
accelerate launch --mixed_precision bf16 --num_machines 1 --num_processes 4 --use_deepspeed \
    --deepspeed_config_file configs/stage3.json finetune.py \
    --model_name_or_path meta-llama/Llama-2-13b-hf --train_file data.pt --gradient_checkpointing
