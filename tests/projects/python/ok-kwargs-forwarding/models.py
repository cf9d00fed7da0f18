from transformers import AutoModelForCausalLM


def load_policy(name, *args, **kwargs):
    kwargs.setdefault("attn_implementation", "sdpa")
    return _load(name, *args, **kwargs)


def _load(name, *args, cache=False, **kwargs):
    return AutoModelForCausalLM.from_pretrained(name, *args, use_cache=cache, **kwargs)
