deepspeed --num_gpus 4 train.py -m quant=none,nf4 training.deepspeed=zero2.json,zero3.json lora.r=16,64
