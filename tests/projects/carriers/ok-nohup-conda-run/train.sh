#!/bin/bash
export ACCELERATE_LOG_LEVEL=info
conda run -n llm --no-capture-output pip install -q -r requirements.txt
nohup conda run -n llm --no-capture-output \
  accelerate launch --config_file configs/fsdp.yaml finetune.py --bits 16 > train.log 2>&1 &
echo $! > train.pid
