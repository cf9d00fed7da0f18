import argparse
import os

from app.settings import Settings
from app.training import train


def build_parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strategy", choices=["ddp", "fsdp", "deepspeed"], default="ddp")
    return parser


if __name__ == "__main__":
    ns = build_parser().parse_args()
    train(Settings(), ns.strategy)
