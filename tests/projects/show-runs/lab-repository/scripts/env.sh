# sourced by the scripts beside it
export TOKENIZERS_PARALLELISM=false
export NCCL_ASYNC_ERROR_HANDLING=1
export OMP_NUM_THREADS=8

launch() {  # launch STRATEGY SCRIPT …
  local strategy=$1
  shift
  accelerate launch --config_file "configs/accelerate/$strategy.yaml" "$@"
}
