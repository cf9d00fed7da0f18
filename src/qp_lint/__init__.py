"""qp-lint: finds LLM training runs that cannot work because of how quantization meets parallelism.

`check` and `check_source` are the Python interface; what they return is described in `api.py`, imported when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qp_lint.api import Config as Config
    from qp_lint.api import ConfigError as ConfigError
    from qp_lint.api import Diagnostic as Diagnostic
    from qp_lint.api import Fix as Fix
    from qp_lint.api import Note as Note
    from qp_lint.api import Place as Place
    from qp_lint.api import Position as Position
    from qp_lint.api import Severity as Severity
    from qp_lint.api import Suggestion as Suggestion
    from qp_lint.api import View as View
    from qp_lint.api import check as check
    from qp_lint.api import check_source as check_source
    from qp_lint.api import review as review

__version__ = "0.1.0"

_EXPORTS = (
    *("Config", "ConfigError", "Diagnostic", "Fix", "Note", "Place", "Position", "Severity", "Suggestion", "View"),
    *("check", "check_source", "review"),
)


def __getattr__(name: str) -> object:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from qp_lint import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted((*globals(), *_EXPORTS))
