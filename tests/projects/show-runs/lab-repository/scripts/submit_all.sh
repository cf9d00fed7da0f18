#!/bin/bash
for strategy in ddp fsdp; do
  sbatch --job-name "sft-$strategy" scripts/sft.slurm "$strategy"
done
