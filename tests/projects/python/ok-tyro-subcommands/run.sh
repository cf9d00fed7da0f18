accelerate launch --multi_gpu --num_processes 8 cli.py full-finetune --model Qwen/Qwen3-1.7B
