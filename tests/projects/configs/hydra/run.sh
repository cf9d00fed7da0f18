torchrun --nproc_per_node 4 train.py trainer.num_train_epochs=1
