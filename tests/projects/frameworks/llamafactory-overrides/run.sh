export FORCE_TORCHRUN=1
llamafactory-cli train lora.yaml
llamafactory-cli train lora.yaml quantization_bit=8
llamafactory-cli train lora.yaml deepspeed=ds_z3.json
llamafactory-cli train lora.yaml quantization_bit=8 deepspeed=ds_z3.json
