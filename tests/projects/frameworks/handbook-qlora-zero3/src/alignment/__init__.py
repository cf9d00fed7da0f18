from .configs import ScriptArguments, SFTConfig
from .model_utils import get_model
