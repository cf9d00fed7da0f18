"""Data types of the 4-bit weights."""
STORAGE = "uint8"
COMPUTE = "bfloat16"
