litgpt finetune_full google/gemma-2b --precision bf16-true --devices 4
litgpt finetune_lora google/gemma-2b --precision bf16-true --quantize bnb.nf4 --devices 1
