#!/usr/bin/env bash
accelerate launch --config_file zero2.yaml train.py
