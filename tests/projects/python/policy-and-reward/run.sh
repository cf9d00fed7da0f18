accelerate launch --config_file conf/fsdp.yaml train_rl.py
