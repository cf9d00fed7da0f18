accelerate launch --num_processes 1 sft.py
