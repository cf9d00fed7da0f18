"""Findings as text and data.  A format is a module in `formats`; it is found by walking that package."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from qp_lint.report import formats

if TYPE_CHECKING:
    from qp_lint.report.display import Style
    from qp_lint.report.view import View

    Renderer = Callable[[View, Style], str]


@functools.cache
def names() -> dict[str, str]:
    """The formats and their modules: `json` is in `json_`, `json-lines` in `json_lines`.  Imports none of them."""
    modules = (info.name for info in pkgutil.iter_modules(formats.__path__))
    return {module.rstrip("_").replace("_", "-"): module for module in modules}


def renderer(name: str) -> Renderer:
    """The `render` of a format."""
    return cast("Renderer", importlib.import_module(f"{formats.__name__}.{names()[name]}").render)
