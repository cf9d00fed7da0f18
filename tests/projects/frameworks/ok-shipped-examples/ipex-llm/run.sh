mpirun -n 2 python -u alpaca_qlora_finetuning.py
torchrun --nproc_per_node 2 alpaca_qlora_finetuning.py
