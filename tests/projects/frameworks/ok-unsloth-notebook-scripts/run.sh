export CUDA_VISIBLE_DEVICES=0
python sft.py
python sft.py --bits 8
python sft.py --bits 16
python sft.py --bits 16 --full
