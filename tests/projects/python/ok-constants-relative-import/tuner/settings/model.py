import torch

from . import hardware

NAME = "Qwen/Qwen2.5-72B"
DTYPE = torch.bfloat16
PLACEMENT = {0: "cuda:0", 1: None}[hardware.NODES]
