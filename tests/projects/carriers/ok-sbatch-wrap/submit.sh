#!/bin/bash
# one job per strategy, without a file for each
for strategy in ddp; do
  sbatch --job-name="$strategy" --gres=gpu:4 --time=8:00:00 \
    --wrap="accelerate launch --config_file configs/$strategy.yaml finetune.py --bits 8 --output out/$strategy"
done

sbatch <<EOF
#!/bin/bash
#SBATCH --gres=gpu:1
python finetune.py --bits 8 --output out/one-gpu
EOF
