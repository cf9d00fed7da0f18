torchrun --nproc_per_node=8 train.py --lr 2e-4
torchrun --nproc_per_node=8 train_state.py
