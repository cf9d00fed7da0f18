from lightning.pytorch.cli import LightningCLI

from project.data import InstructionData
from project.model import LitModel


def main():
    LightningCLI(LitModel, InstructionData, save_config_kwargs={"overwrite": True})


if __name__ == "__main__":
    main()
