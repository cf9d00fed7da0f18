export TOKENIZERS_PARALLELISM=false
torchrun --nproc_per_node=4 finetune.py --config llama.yaml --rank 8
