import lightning as L
import torch
from transformers import AutoModelForCausalLM


class LanguageModel(L.LightningModule):
    def __init__(self, name: str = "gpt2"):
        super().__init__()
        self.name = name

    def configure_model(self):
        self.model = AutoModelForCausalLM.from_pretrained(self.name, dtype=torch.bfloat16)

    def training_step(self, batch, index):
        return self.model(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=2e-5)
