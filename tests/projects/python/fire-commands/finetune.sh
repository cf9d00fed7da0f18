#!/bin/bash
BASE=TheBloke/Llama-2-7B-GPTQ
python run.py finetune --base_model=$BASE --output_dir=./lora-dora --batch_size 4 --use_dora
python run.py merge meta-llama/Llama-2-7b-hf ./lora-dora
