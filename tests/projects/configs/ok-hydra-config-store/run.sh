torchrun --nproc_per_node 4 train.py parallel=fsdp model.load_in_8bit=false output_dir=out/fsdp
