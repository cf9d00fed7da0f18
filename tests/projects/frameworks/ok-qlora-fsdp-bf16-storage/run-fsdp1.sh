accelerate launch --config_file fsdp1.yaml train.py
