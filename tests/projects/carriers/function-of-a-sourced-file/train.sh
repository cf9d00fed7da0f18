#!/bin/bash
source scripts/lib.sh
launch fsdp 8
