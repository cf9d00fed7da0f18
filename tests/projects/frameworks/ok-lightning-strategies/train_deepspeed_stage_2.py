import lightning as L

from data import AlpacaData
from model import LanguageModel

trainer = L.Trainer(accelerator="cuda", devices=8, strategy="deepspeed_stage_2", precision="bf16-true", max_epochs=1)
trainer.fit(LanguageModel("meta-llama/Llama-3.1-8B"), datamodule=AlpacaData())
