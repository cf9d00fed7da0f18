accelerate launch --config_file accelerate.yaml train_no_trainer.py
