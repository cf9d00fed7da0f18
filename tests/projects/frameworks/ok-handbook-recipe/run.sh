# LoRA with ZeRO-3: the flag switches the recipe's quantization off
ACCELERATE_LOG_LEVEL=info accelerate launch --config_file recipes/accelerate_configs/zero3.yaml --num_processes=2 scripts/sft.py --config recipes/zephyr/sft/config_qlora.yaml --load_in_4bit=false

# QLoRA on one GPU
ACCELERATE_LOG_LEVEL=info accelerate launch --config_file recipes/accelerate_configs/ddp.yaml --num_processes=1 scripts/sft.py --config recipes/zephyr/sft/config_qlora.yaml

# QLoRA with FSDP
accelerate launch --config_file recipes/accelerate_configs/fsdp_qlora.yaml --num_processes=2 scripts/sft.py --config recipes/zephyr/sft/config_qlora.yaml --torch_dtype=bfloat16 --bnb_4bit_quant_storage=bfloat16
