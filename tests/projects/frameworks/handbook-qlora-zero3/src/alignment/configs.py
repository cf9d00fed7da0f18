from dataclasses import dataclass, field
from typing import Any, Optional

import trl


@dataclass
class ScriptArguments(trl.ScriptArguments):
    dataset_name: Optional[str] = field(default=None)
    dataset_mixture: Optional[dict[str, Any]] = field(default=None)


@dataclass
class SFTConfig(trl.SFTConfig):
    chat_template: Optional[str] = field(default=None)
