"""Data types of the 4-bit weights."""
STORAGE = "bfloat16"
COMPUTE = "bfloat16"
