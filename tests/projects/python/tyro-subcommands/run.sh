accelerate launch --multi_gpu --num_processes 8 cli.py q-lora --rank 64
