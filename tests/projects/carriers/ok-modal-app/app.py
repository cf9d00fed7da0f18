import subprocess

import modal

image = modal.Image.debian_slim().pip_install("torch", "trl", "peft", "bitsandbytes", "deepspeed")
image = image.add_local_dir(".", remote_path="/root")
app = modal.App("capybara-sft", image=image)


@app.function(gpu="H100:4", timeout=6 * 60 * 60)
def train(bits: int, config: str = "zero3.json"):
    subprocess.run(
        f"deepspeed --num_gpus 4 train.py --deepspeed {config} --bits {bits}",
        shell=True,
        check=True,
    )


@app.local_entrypoint()
def main():
    train.remote(bits=8)
