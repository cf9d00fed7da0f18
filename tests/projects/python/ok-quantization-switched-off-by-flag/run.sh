accelerate launch --config_file recipes/ddp.yaml --num_processes=1 scripts/sft.py --config recipes/config_qlora.yaml
accelerate launch --config_file recipes/fsdp.yaml scripts/sft.py --config recipes/config_qlora.yaml --load_in_8bit=false
