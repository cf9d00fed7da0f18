CUDA_VISIBLE_DEVICES=0 python train.py
torchrun --nproc_per_node 8 train.py
accelerate launch --config_file fsdp1.yaml train.py --float_view
accelerate launch --config_file fsdp2.yaml train.py
accelerate launch --config_file fsdp2.yaml train.py --float_view
