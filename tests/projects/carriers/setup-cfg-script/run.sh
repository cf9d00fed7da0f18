accelerate launch --config_file fsdp.yaml `which sft-train` --load_in_8bit True --output_dir out
