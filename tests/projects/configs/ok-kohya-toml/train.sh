accelerate launch --mixed_precision bf16 --num_cpu_threads_per_process 1 sd-scripts/flux_train_network.py --config_file config/flux_lora.toml --dataset_config config/dataset.toml
