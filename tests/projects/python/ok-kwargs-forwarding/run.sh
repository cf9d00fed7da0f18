accelerate launch --num_processes 8 grpo.py
