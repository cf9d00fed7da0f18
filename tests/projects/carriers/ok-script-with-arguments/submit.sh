#!/bin/bash
mkdir -p logs
sbatch --output=logs/%j.out train.slurm ddp
sbatch --output=logs/%j.out train.slurm fsdp 16
