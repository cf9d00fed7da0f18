#!/bin/bash
# usage: ./run.sh
BITS=8
FORCE_TORCHRUN=1 llamafactory-cli train sft.yaml quantization_bit="$BITS"
