FORCE_TORCHRUN=1 llamafactory-cli train examples/train_lora/sft_ds3.yaml
llamafactory-cli train examples/train_qlora/sft_otfq.yaml
llamafactory-cli train examples/train_qlora/sft_gptq.yaml
FORCE_TORCHRUN=1 llamafactory-cli train examples/train_full/full_sft.yaml
FORCE_TORCHRUN=1 llamafactory-cli train examples/extras/fp8/fp8_ds.yaml
llamafactory-cli export examples/merge_lora/gptq.yaml
llamafactory-cli chat examples/inference/awq.yaml
