from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    model: str = "gpt2"
    load_bits: int = 16
    lora_r: int = 8
