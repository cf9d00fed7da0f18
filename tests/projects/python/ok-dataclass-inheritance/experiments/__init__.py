from .base import Experiment, Frugal

small = Experiment("HuggingFaceTB/SmolLM2-1.7B")
large = Frugal(model="ibm-granite/granite-3.1-8b-base", offload=True)
