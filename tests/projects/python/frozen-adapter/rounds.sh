#!/bin/bash
set -e
python finetune.py --output runs/1
python finetune.py --adapter runs/1/adapter --output runs/2
