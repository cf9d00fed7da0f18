# sharded by accelerate, started by torchrun
ACCELERATE_USE_FSDP=true FSDP_VERSION=1 FSDP_AUTO_WRAP_POLICY=TRANSFORMER_BASED_WRAP \
  torchrun --nproc_per_node=4 finetune.py --bits 8
