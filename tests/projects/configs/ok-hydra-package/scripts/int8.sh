torchrun --nproc_per_node 4 -m exp.train quant=int8 trainer=ddp
torchrun --nproc_per_node 4 -m exp.train
