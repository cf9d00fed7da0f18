from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TUNE_")

    base: str = "EleutherAI/gpt-neox-20b"
    bits: int = 16
    learning_rate: float = 1e-4
    checkpointing: bool = True


settings = Settings()
