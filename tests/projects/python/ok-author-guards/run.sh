torchrun --nproc_per_node 2 train.py --load_in_8bit
torchrun --nproc_per_node 2 train.py --fsdp "full_shard auto_wrap"
