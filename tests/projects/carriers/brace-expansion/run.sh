mkdir -p logs/{a,b}
torchrun --nproc_per_node 2 train.py conf/{model,zero3}.yaml
