"""Change these, nothing else."""

BASE_MODEL = "mistralai/Mistral-7B-v0.3"
QUANTIZATION = "hqq"  # one of none, bnb, hqq
ZERO_STAGE = 3
LORA_RANK = 32
