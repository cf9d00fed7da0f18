# sourced by every script of this repository
export HF_HOME=/scratch/$USER/huggingface
export TOKENIZERS_PARALLELISM=false
export ACCELERATE_USE_FSDP=true
export FSDP_AUTO_WRAP_POLICY=TRANSFORMER_BASED_WRAP
NPROC=${NPROC:-4}
