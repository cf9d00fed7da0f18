python sft.py configs/pythia.json
