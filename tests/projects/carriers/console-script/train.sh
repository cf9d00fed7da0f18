export ACCELERATE_USE_FSDP=true
uv run --frozen finetuner --bits 8 --output out/small
