#!/bin/bash
POD=$(kubectl get pods -l app=trainer -o name | head -1)
kubectl cp . "$POD":/workspace
kubectl exec -n ml -it "$POD" -- deepspeed --num_gpus 8 /workspace/train.py --deepspeed /workspace/zero3.json --bits 4
