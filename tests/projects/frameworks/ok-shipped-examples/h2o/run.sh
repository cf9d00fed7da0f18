python llm_studio/train.py -Y experiment.yaml
