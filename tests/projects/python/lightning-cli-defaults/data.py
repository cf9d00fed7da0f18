import lightning as L


class Data(L.LightningDataModule):
    def __init__(self, batch_size: int = 4):
        super().__init__()
