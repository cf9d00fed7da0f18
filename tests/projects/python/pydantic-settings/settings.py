from typing import Literal

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Quantization(BaseModel):
    method: Literal["none", "int8", "nf4"] = "nf4"
    storage: str = Field("uint8", description="bnb_4bit_quant_storage")
    compute: str = "bfloat16"

    def keywords(self):
        if self.method == "int8":
            return {"load_in_8bit": True}
        return {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": self.method,
            "bnb_4bit_compute_dtype": self.compute,
            "bnb_4bit_quant_storage": self.storage,
        }


class Lora(BaseModel):
    r: int = Field(default=16, ge=1)
    lora_alpha: int = 32
    target_modules: list[str] = Field(default_factory=lambda: ["qkv_proj", "o_proj"])

    @field_validator("r")
    @classmethod
    def even(cls, value):
        if value % 2:
            raise ValueError("r must be even")
        return value


class Settings(BaseModel):
    model: str
    quantization: Quantization = Quantization()
    lora: Lora = Field(default_factory=Lora)
    output: str = "out"


class Secrets(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TRAIN_")
    hub_token: str = ""
