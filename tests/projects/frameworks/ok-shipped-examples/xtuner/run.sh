# fp16 and no quant_storage, and yet it trains: XTuner repairs the data types under ZeRO-3 itself
NPROC_PER_NODE=8 xtuner train llama3_8b_qlora.py --deepspeed deepspeed_zero3
