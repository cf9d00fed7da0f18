import torch
from lightning.pytorch.cli import LightningCLI
from lightning.pytorch.plugins import BitsandbytesPrecision

from model import LLM


class MyCLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.set_defaults({"trainer.strategy": "fsdp", "trainer.max_epochs": 3})


def cli_main():
    MyCLI(LLM, trainer_defaults={"devices": 4, "plugins": [BitsandbytesPrecision("nf4", dtype=torch.bfloat16)]})


if __name__ == "__main__":
    cli_main()
