"""Starts a fine-tuning job on all GPUs of this machine."""
import argparse
import os
import subprocess
import sys

import torch


def build_command(args):
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc_per_node={args.gpus}"]
    command += ["train.py", "--bits", str(args.bits)]
    if args.zero3:
        command.extend(["--deepspeed", "zero3.json"])
    return command


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gpus", type=int, default=torch.cuda.device_count())
    parser.add_argument("--bits", type=int, default=4)
    parser.add_argument("--zero3", action="store_true")
    args = parser.parse_args(["--zero3"])
    env = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    subprocess.run(build_command(args), env=env, check=True)


if __name__ == "__main__":
    main()
