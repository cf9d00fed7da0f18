torchrun --nproc_per_node=4 train.py --train_args_file train_args/sft/lora-8bit.json
