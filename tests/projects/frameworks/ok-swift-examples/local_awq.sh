CUDA_VISIBLE_DEVICES=0 swift sft --model models/qwen-awq --tuner_type lora --dataset swift/self-cognition --torch_dtype bfloat16
