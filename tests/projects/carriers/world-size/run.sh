#!/bin/bash
# two nodes without a launcher of their own: WORLD_SIZE and RANK come from here
export MASTER_ADDR=node0 MASTER_PORT=29500
export WORLD_SIZE=2 LOCAL_RANK=0
for node in 0 1; do
  RANK=$node ssh node$node "cd $PWD && WORLD_SIZE=2 RANK=$node LOCAL_RANK=0 MASTER_ADDR=node0 MASTER_PORT=29500 python sft.py --output_dir out --deepspeed ds_z3.json" &
done
wait
