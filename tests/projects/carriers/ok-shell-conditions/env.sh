# shared by all launch scripts
export ACCELERATE_CONFIG_DIR=configs
PARALLEL=ddp
GPUS=4
