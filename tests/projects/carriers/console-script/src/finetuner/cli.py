"""The command that `pip install .` installs."""

import argparse

from finetuner.training import train


def main(argv=None):
    parser = argparse.ArgumentParser("finetuner")
    parser.add_argument("--model", default="mistralai/Mistral-7B-v0.3")
    parser.add_argument("--bits", type=int, default=16)
    parser.add_argument("--output", default="out")
    args = parser.parse_args(argv)
    train(args.model, args.bits, args.output)
