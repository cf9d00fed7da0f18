from transformers import Trainer
# café
