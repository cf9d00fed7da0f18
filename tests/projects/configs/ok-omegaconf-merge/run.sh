torchrun --nproc_per_node 4 train.py config=configs/sharded.yaml model.bits=16
