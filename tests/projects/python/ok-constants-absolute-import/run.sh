accelerate launch --config_file fsdp.yaml train_sft.py
