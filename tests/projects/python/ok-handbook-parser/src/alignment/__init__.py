from .configs import H4ArgumentParser, ModelArguments, SFTConfig
