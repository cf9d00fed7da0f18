deepspeed --num_gpus=8 full.py
