import lightning as L


class LLM(L.LightningModule):
    def __init__(self, name: str = "meta-llama/Llama-3.2-1B"):
        super().__init__()
        from transformers import AutoModelForCausalLM

        self.model = AutoModelForCausalLM.from_pretrained(name)
