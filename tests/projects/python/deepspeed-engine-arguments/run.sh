deepspeed --num_gpus 8 train.py --model_path meta-llama/Llama-3.1-8B --use_4bit --deepspeed --deepspeed_config ds_config.json
