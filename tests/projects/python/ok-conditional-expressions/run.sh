accelerate launch --config_file accelerate/fsdp2.yaml dpo.py
