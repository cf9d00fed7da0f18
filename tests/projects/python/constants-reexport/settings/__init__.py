"""Everything a script needs, in one place."""
from .paths import *
from .optim import OPTIMIZER, SCHEDULE as LR_SCHEDULE

__all__ = ["LR_SCHEDULE", "MODEL", "OPTIMIZER", "OUTPUT"]
