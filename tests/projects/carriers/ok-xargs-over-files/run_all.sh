#!/bin/bash
# one run after the other, each with a data set of the list
set -euo pipefail
ls data/*.jsonl | xargs -n 1 basename | sort > datasets.txt
cat datasets.txt | xargs -I{} deepspeed --num_gpus 8 train.py \
    --deepspeed zero3.json --bits 16 --output_dir "out/{}"
