import argparse


def str2bool(value):
    return value if isinstance(value, bool) else value.lower() in ("yes", "true", "t", "1")


class StoreDtype(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        namespace.dtype = {"bf16": "bfloat16", "fp16": "float16"}.get(values, values)


class TrainParser(argparse.ArgumentParser):
    """Options that every script of the repository shares."""

    def __init__(self, *args, quantize=False, **kwargs):
        super().__init__(*args, formatter_class=argparse.ArgumentDefaultsHelpFormatter, **kwargs)
        model = self.add_argument_group("model")
        model.add_argument("--model", default="Qwen/Qwen2.5-7B")
        model.add_argument("--quantize", type=str2bool, nargs="?", const=True, default=quantize)
        model.add_argument("--dtype", action=StoreDtype, default="bfloat16")
        self.add_argument("--deepspeed")
        self.add_argument("--output_dir", default="out")

    def error(self, message):
        self.print_help()
        raise SystemExit(f"{self.prog}: {message}")
