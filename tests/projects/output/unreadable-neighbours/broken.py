from transformers import Trainer

def train(:
    Trainer()
