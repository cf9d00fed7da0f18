import torch
from lightning.pytorch.cli import LightningCLI
from lightning.pytorch.plugins import BitsandbytesPrecision

from model import LLM
from data import Data


class MyCLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.add_argument("--ckpt", default=None)
        parser.set_defaults({"trainer.strategy": "fsdp", "trainer.max_epochs": 3})
        parser.link_arguments("data.batch_size", "model.batch_size")


def cli_main():
    MyCLI(LLM, Data, trainer_defaults={"devices": 4, "plugins": [BitsandbytesPrecision("nf4", dtype=torch.bfloat16)]})


if __name__ == "__main__":
    cli_main()
