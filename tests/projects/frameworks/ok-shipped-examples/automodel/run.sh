automodel peft.yaml --nproc-per-node 8
automodel fp8.yaml --nproc-per-node 8
