from absl import app, flags, logging
import torch
from accelerate import Accelerator, DeepSpeedPlugin
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

import data

FLAGS = flags.FLAGS

flags.DEFINE_string("model", "EleutherAI/gpt-j-6b", "Name or path of the base model.")
flags.DEFINE_integer("zero_stage", 2, "ZeRO stage.", lower_bound=0, upper_bound=3)
flags.DEFINE_bool("spread", True, "Spread the layers over all GPUs while loading.")
_LR = flags.DEFINE_float("learning_rate", 1e-4, "Peak learning rate.")


def main(argv):
    if len(argv) > 1:
        raise app.UsageError("too many arguments")
    plugin = DeepSpeedPlugin(zero_stage=FLAGS.zero_stage, gradient_accumulation_steps=4)
    accelerator = Accelerator(mixed_precision="bf16", deepspeed_plugin=plugin)
    model = AutoModelForCausalLM.from_pretrained(
        FLAGS.model, torch_dtype=torch.bfloat16, device_map="auto" if FLAGS.spread else None
    )
    model = get_peft_model(model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=_LR.value)
    model, optimizer, loader = accelerator.prepare(model, optimizer, data.loader(FLAGS.model))
    for step, batch in enumerate(loader):
        loss = model(**batch).loss
        accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        if step % 10 == 0:
            logging.info("step %d loss %.3f", step, loss.item())


if __name__ == "__main__":
    app.run(main)
