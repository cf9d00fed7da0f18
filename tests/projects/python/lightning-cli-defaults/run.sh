python cli.py fit --trainer.devices 8
