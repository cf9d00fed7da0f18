torchrun --nproc_per_node 2 train.py -c configs/bloom-8bit.yaml --steps 500 --deepspeed ds/zero2.json
