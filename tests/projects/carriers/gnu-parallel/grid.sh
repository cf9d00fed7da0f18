#!/bin/bash
export TOKENIZERS_PARALLELISM=false
parallel -j 1 --joblog grid.log \
    'deepspeed --num_gpus 4 train.py --bits {1} --deepspeed {2} --output_dir out/{1}-{2/.}' \
    ::: 4 16 ::: zero3.json
