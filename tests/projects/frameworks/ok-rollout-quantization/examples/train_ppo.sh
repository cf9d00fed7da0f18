ray job submit --address="http://127.0.0.1:8265" -- python3 -m openrlhf.cli.train_ppo_ray \
    --actor.num_nodes 1 --actor.num_gpus_per_node 8 --vllm.num_engines 4 --vllm.tensor_parallel_size 2 \
    --train.colocate_all --actor.model_name_or_path OpenRLHF/Llama-3-8b-sft-mixture \
    --ds.zero_stage 3 --ds.param_dtype bf16 --ds.lora.rank 32
deepspeed --num_gpus 8 sft.py
