python train.py conf/awq.yaml
