export USE_MODELSCOPE_HUB=1
export FORCE_TORCHRUN=1
export NNODES=1 NPROC_PER_NODE=4
llamafactory-cli train train.yaml learning_rate=1e-4 deepspeed=ds_z2.json
