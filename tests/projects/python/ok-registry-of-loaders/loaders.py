import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, GPTQConfig


class Registry(dict):
    """Loaders by the name that a configuration gives."""

    def register(self, name=None):
        def wrap(function):
            self[name or function.__name__] = function
            return function

        return wrap


LOADERS = Registry()


@LOADERS.register()
def full(model_id, **kwargs):
    return AutoModelForCausalLM.from_pretrained(model_id, dtype=torch.bfloat16, **kwargs)


@LOADERS.register("nf4")
def four_bits(model_id, **kwargs):
    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    return AutoModelForCausalLM.from_pretrained(model_id, quantization_config=config, **kwargs)


@LOADERS.register("gptq")
def gptq(model_id, **kwargs):
    return AutoModelForCausalLM.from_pretrained(f"{model_id}-GPTQ", quantization_config=GPTQConfig(bits=4), **kwargs)
