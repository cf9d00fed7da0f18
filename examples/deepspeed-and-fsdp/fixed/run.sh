#!/bin/sh
torchrun --nproc_per_node 4 sft.py
