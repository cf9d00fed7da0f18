#!/bin/bash
set -e
MODEL=${MODEL:-out/sft}
ARGS=(--model "$MODEL" --deepspeed configs/deepspeed/zero3.json)
if [[ "${SMOKE:-0}" == 1 ]]; then
  ARGS+=(--output out/smoke)
fi
deepspeed --num_gpus 8 train_dpo.py "${ARGS[@]}"
