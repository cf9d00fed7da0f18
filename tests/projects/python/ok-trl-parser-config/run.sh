accelerate launch --num_processes 2 --multi_gpu dpo.py --config recipes/dpo-qlora.yaml --beta 0.01 --use_peft
