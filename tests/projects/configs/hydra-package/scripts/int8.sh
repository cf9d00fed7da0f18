torchrun --nproc_per_node 4 -m exp.train quant=int8 model.dtype=float16
