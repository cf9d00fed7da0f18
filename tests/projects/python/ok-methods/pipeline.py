import torch
from peft import LoraConfig, TaskType, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer, HqqConfig, Trainer, TrainingArguments


class Pipeline:
    """What all experiments share."""

    base = "meta-llama/Llama-3.1-8B"
    bits = None

    def __init__(self, output, **overrides):
        self.output = output
        self.options = {**self.defaults(), **overrides}
        self._model = None

    @staticmethod
    def defaults():
        return {"bf16": True, "learning_rate": 1e-4, "per_device_train_batch_size": 8}

    @classmethod
    def named(cls, name):
        return cls(f"out/{name}")

    @property
    def model(self):
        if self._model is None:
            self._model = self.load()
        return self._model

    def quantization(self):
        return HqqConfig(nbits=self.bits, group_size=64) if self.bits else None

    def load(self):
        model = AutoModelForSequenceClassification.from_pretrained(
            self.base, num_labels=2, quantization_config=self.quantization(), torch_dtype=torch.bfloat16
        )
        return get_peft_model(model, LoraConfig(task_type=TaskType.SEQ_CLS, target_modules="all-linear"))

    def arguments(self):
        return TrainingArguments(self.output, **self.options)

    def run(self, data):
        arguments = self.arguments()
        Trainer(model=self.model, args=arguments, train_dataset=data).train()


class Compressed(Pipeline):
    bits = 0

    def __init__(self, output, **overrides):
        super().__init__(output, learning_rate=2e-4, **overrides)

    def arguments(self):
        arguments = super().arguments()
        arguments.deepspeed = "zero3.json"
        return arguments
