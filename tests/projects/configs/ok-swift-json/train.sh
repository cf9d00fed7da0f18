NPROC_PER_NODE=4 swift sft config/sft.json --learning_rate 1e-4
