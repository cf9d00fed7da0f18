# torchrun --nproc_per_node 8 train.py --load_in_4bit --fsdp full_shard
python smoke.py && torchrun --nproc_per_node 8 train.py
