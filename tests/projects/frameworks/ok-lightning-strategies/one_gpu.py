import argparse

import lightning as L
import torch
from lightning.pytorch.plugins import BitsandbytesPrecision

from data import AlpacaData
from model import LanguageModel

parser = argparse.ArgumentParser()
parser.add_argument("--quantize", choices=["none", "nf4", "int8-training"], default="none")
args = parser.parse_args()

plugins = []
if args.quantize == "nf4":
    plugins = [BitsandbytesPrecision(mode="nf4", dtype=torch.bfloat16)]
elif args.quantize == "int8-training":
    plugins = [BitsandbytesPrecision(mode="int8-training", dtype=torch.float16, ignore_modules={"lm_head"})]
trainer = L.Trainer(accelerator="cuda", devices=1, plugins=plugins, max_epochs=1)
trainer.fit(LanguageModel(), datamodule=AlpacaData())
