"""The flow of train.py without a GPU: everything that costs something is replaced."""
from unittest import mock

import transformers
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, TrainingArguments

FOUR_BIT = BitsAndBytesConfig(load_in_4bit=True)


@mock.patch("transformers.Trainer")
@mock.patch.object(AutoModelForCausalLM, "from_pretrained")
def check_arguments(load, trainer):
    model = load("gpt2", quantization_config=FOUR_BIT, device_map="auto")
    trainer(model=model, args=TrainingArguments("out", deepspeed="ds/zero3.json")).train()
    trainer.assert_called_once()


def check_refusal():
    with mock.patch("transformers.AutoModelForCausalLM.from_pretrained"), mock.patch("transformers.Trainer.train"):
        model = AutoModelForCausalLM.from_pretrained("gpt2", quantization_config=FOUR_BIT)
        transformers.Trainer(model=model, args=TrainingArguments("out", fsdp="full_shard")).train()


if __name__ == "__main__":
    check_arguments()
    check_refusal()
