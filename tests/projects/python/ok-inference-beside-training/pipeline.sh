set -e
deepspeed train.py --deepspeed z3.json --bf16 true --output_dir out/full
python quantize.py
python chat.py
