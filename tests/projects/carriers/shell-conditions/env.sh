# shared by all launch scripts
export ACCELERATE_CONFIG_DIR=configs
PARALLEL=fsdp
GPUS=4
