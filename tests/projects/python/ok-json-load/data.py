from pathlib import Path

import numpy as np
import torch


class PackedTokens(torch.utils.data.Dataset):
    def __init__(self, folder, length=2048):
        self.files = sorted(Path(folder).glob("*.npy"))
        self.length = length

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return torch.from_numpy(np.load(self.files[index])[: self.length].astype("int64"))
