deepspeed --num_gpus 4 train.py --stage 3
