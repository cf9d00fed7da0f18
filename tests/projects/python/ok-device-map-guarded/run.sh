deepspeed --num_gpus 2 train.py --deepspeed z3.json --bf16 --output_dir out
