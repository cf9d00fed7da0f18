#!/bin/bash
set -e

log() { echo "[$(date +%H:%M:%S)] $*"; }

launch() {
  local strategy=$1 bits=$2
  shift 2
  log "training with $strategy, $bits bits"
  accelerate launch --config_file configs/$strategy.yaml finetune.py --bits $bits "$@"
}

launch ddp 8 --output out/ddp
launch fsdp 16 --output out/fsdp-16
