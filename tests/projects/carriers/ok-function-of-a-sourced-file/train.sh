#!/bin/bash
source scripts/lib.sh
launch "$STRATEGY" "$BITS"   # of the queue
