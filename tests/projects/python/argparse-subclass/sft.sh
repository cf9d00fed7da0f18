deepspeed --num_gpus 4 sft.py --deepspeed zero3.json --dtype bf16 --lora_r 32
