tune run lora_finetune_single_device --config llama3_1/8B_lora_single_device
tune run full_finetune_single_device --config llama3_1/8B_full_single_device optimizer=bitsandbytes.optim.PagedAdamW8bit
tune run --nproc_per_node 2 lora_finetune_distributed --config llama2/7B_qlora
tune run --nproc_per_node 8 lora_finetune_distributed --config llama3_1/405B_qlora
tune run --nproc_per_node 4 qat_distributed --config llama3_1/8B_qat_full
