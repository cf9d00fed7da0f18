accelerate launch --config_file fsdp2.yaml train.py
