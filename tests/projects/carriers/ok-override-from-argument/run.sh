#!/bin/bash
# usage: ./run.sh BITS
BITS=$1
FORCE_TORCHRUN=1 llamafactory-cli train sft.yaml quantization_bit="$BITS"
