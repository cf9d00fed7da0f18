#!/bin/bash
# start the training on the GPU box and leave
HOST=${1:-gpu-box}
rsync -az --exclude out ./ "$HOST:finetune/"

ssh "$HOST" <<'EOF'
cd finetune
tmux kill-session -t train 2>/dev/null
tmux new-session -d -s train
tmux send-keys -t train "source .venv/bin/activate" Enter
tmux send-keys -t other "export ACCELERATE_USE_FSDP=true" Enter
tmux send-keys -t train "torchrun --nproc_per_node 4 finetune.py --bits 8" Enter
EOF
