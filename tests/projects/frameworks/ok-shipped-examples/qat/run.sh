python train.py
python train.py --method fp_quant
torchrun --nproc_per_node 8 train.py
