MODEL=meta-llama/Llama-2-13b-hf deepspeed --num_gpus=8 train.py
