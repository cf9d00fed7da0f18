accelerate launch --config_file fsdp.yaml train.py --model_name_or_path meta-llama/Llama-2-70b-hf --bf16 True --output_dir out
