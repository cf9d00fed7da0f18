torchrun --nproc_per_node 2 sft.py
torchrun --nproc_per_node 2 sft.py --bits 8
