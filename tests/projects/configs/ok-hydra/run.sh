torchrun --nproc_per_node 4 train.py
torchrun --nproc_per_node 4 train.py parallel=fsdp bits=16
