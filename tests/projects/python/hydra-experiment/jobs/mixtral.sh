export DS_CONFIG=ds/zero3.json
deepspeed --num_gpus 2 src/train.py experiment=mixtral_quantized trainer.bf16=true
