deepspeed --num_gpus 4 sft.py --deepspeed zero3.json --dtype bf16 --quantize no --lora_r 32
