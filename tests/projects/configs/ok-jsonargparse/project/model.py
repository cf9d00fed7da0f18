import lightning as L
import torch
from transformers import AutoModelForCausalLM


class LitModel(L.LightningModule):
    def __init__(self, name: str, lr: float = 1e-4):
        super().__init__()
        self.save_hyperparameters()

    def configure_model(self):
        self.model = AutoModelForCausalLM.from_config(self.hparams.name)

    def training_step(self, batch, index):
        return self.model(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)
