python -m llmtool generate "Write a haiku about GPUs"
