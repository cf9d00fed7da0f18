python cli.py fit --trainer.devices 8 --trainer.strategy ddp
