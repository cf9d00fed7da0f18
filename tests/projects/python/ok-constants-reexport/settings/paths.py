MODEL = "mistralai/Mistral-Nemo-Base-2407"
OUTPUT = "out/nemo"
OPTIMIZER = "paged_adamw_8bit"  # of the old scripts
