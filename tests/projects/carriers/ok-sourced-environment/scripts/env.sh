# sourced by every script of this repository
export HF_HOME=/scratch/$USER/huggingface
export TOKENIZERS_PARALLELISM=false
NPROC=${NPROC:-4}
