# the first is the one to use
torchrun --nproc_per_node 2 train.py --fsdp "full_shard auto_wrap"
torchrun --nproc_per_node 2 train.py --bits 8 --fsdp "full_shard auto_wrap"
