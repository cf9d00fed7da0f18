MODEL = "mistralai/Mistral-Nemo-Base-2407"
OUTPUT = "out/nemo"
OPTIMIZER = "adafactor"  # of the old scripts
