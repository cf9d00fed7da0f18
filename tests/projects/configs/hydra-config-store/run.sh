torchrun --nproc_per_node 4 train.py parallel=fsdp output_dir=out/fsdp
