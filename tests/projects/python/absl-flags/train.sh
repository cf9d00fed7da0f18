set -x
accelerate launch --num_processes 4 main.py --zero_stage=3 --learning_rate=2e-4
