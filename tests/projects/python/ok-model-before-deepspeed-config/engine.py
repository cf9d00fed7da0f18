import deepspeed
from transformers import AutoModelForCausalLM
from transformers.integrations import HfDeepSpeedConfig

DS_CONFIG = {
    "train_micro_batch_size_per_gpu": 1,
    "gradient_accumulation_steps": 8,
    "bf16": {"enabled": True},
    "optimizer": {"type": "AdamW", "params": {"lr": 1e-5}},
    "zero_optimization": {"stage": 3, "stage3_prefetch_bucket_size": 5e7},
}


class Engine:
    def __init__(self, name):
        self.name = name
        self.announced = HfDeepSpeedConfig(DS_CONFIG)
        self.model = self.load()
        self.engine, self.optimizer, _, _ = deepspeed.initialize(
            model=self.model, model_parameters=self.model.parameters(), config=DS_CONFIG
        )

    def load(self):
        model = AutoModelForCausalLM.from_pretrained(self.name, torch_dtype="auto")
        model.gradient_checkpointing_enable()
        return model

    def step(self, batch):
        loss = self.engine(**batch).loss
        self.engine.backward(loss)
        self.engine.step()
        return loss
