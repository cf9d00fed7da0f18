import lightning as L


class InstructionData(L.LightningDataModule):
    def __init__(self, batch_size: int = 1):
        super().__init__()
        self.save_hyperparameters()
