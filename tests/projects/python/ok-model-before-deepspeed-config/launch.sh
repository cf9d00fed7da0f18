deepspeed --include localhost:0,1,2,3 pretrain.py --name EleutherAI/gpt-neox-20b
