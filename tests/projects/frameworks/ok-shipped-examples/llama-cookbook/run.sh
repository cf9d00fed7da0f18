FSDP_CPU_RAM_EFFICIENT_LOADING=1 ACCELERATE_USE_FSDP=1 torchrun --nnodes 1 --nproc_per_node 4 finetuning.py --enable_fsdp \
  --quantization 4bit --model_name meta-llama/Llama-3.1-70B --mixed_precision False --low_cpu_fsdp --use_peft --peft_method lora
torchrun --nnodes 1 --nproc_per_node 8 finetuning.py --enable_fsdp --model_name meta-llama/Llama-3.1-8B \
  --dist_checkpoint_root_folder model_checkpoints --dist_checkpoint_folder fine-tuned --fsdp_config.pure_bf16 --use_fast_kernels
export CUDA_VISIBLE_DEVICES=0
FSDP_CPU_RAM_EFFICIENT_LOADING=1 python finetuning.py --use_peft --peft_method lora --quantization 8bit \
  --model_name meta-llama/Llama-3.1-8B --output_dir out
