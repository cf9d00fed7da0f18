export ACCELERATE_USE_FSDP=true
uv run --frozen finetuner --bits 16 --output out/small
