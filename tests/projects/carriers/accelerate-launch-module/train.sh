uv sync --extra gpu
uv run accelerate launch --config_file configs/fsdp.yaml -m finetuner.training --bits 8
