#!/bin/bash
set -ex
NGPU=8 LOG_RANK=0 CONFIG_FILE="./train_configs/llama3_8b.toml" ./run_train.sh --training.steps 500
