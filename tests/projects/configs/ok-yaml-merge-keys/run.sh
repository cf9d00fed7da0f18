accelerate launch --config_file=train.yaml main.py
