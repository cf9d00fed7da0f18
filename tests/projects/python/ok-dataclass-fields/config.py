from dataclasses import asdict, dataclass, field
from typing import ClassVar, Optional

import torch


@dataclass
class QuantizationConfig:
    load_in_4bit: bool = True
    bnb_4bit_quant_type: str = "nf4"
    bnb_4bit_use_double_quant: bool = field(default=True)
    bnb_4bit_compute_dtype: torch.dtype = torch.bfloat16


@dataclass
class LoraSettings:
    r: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.05
    init_lora_weights: str = field(default="gaussian", metadata={"help": "olora, pissa, gaussian"})
    target_modules: list = field(default_factory=lambda: ["q_proj", "k_proj", "v_proj", "o_proj"])


@dataclass
class Config:
    VERSION: ClassVar[int] = 3
    model: str = "microsoft/phi-4"
    quantization: QuantizationConfig = field(default_factory=QuantizationConfig)
    lora: LoraSettings = field(default_factory=LoraSettings)
    training: dict = field(default_factory=dict)
    run: Optional[str] = field(default=None, init=False)

    def __post_init__(self):
        self.run = f"{self.model.split('/')[-1]}-v{self.VERSION}"
        self.training = {"bf16": True, "output_dir": f"out/{self.run}", **self.training}

    def as_keywords(self, part):
        return asdict(self)[part]
