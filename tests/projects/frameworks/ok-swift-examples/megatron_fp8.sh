CUDA_VISIBLE_DEVICES=0,1,2,3 \
NPROC_PER_NODE=4 \
megatron sft \
    --model Qwen/Qwen3-8B \
    --dataset 'AI-ModelScope/alpaca-gpt4-data-en#5000' \
    --tensor_model_parallel_size 2 \
    --fp8_format hybrid \
    --fp8_recipe blockwise \
    --fp8_param_gather true \
    --micro_batch_size 1 \
    --save megatron_output/Qwen3-8B-FP8
