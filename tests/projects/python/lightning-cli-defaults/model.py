import lightning as L
import torch


class LLM(L.LightningModule):
    def __init__(self, name: str = "meta-llama/Llama-3.2-1B", batch_size: int = 1):
        super().__init__()
        from transformers import AutoModelForCausalLM

        self.model = AutoModelForCausalLM.from_pretrained(name)

    def training_step(self, batch, _):
        return self.model(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
