"""The codes that the command line knows: rules and built-in diagnostics."""

from __future__ import annotations

import functools

from qp_lint.selectors import Catalogue
from qp_lint.selectors import catalogue as catalogue_of


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of the rules that are shipped."""
    from qp_lint.rules.load import load_rules

    return catalogue_of((rule.code, rule.name) for rule in load_rules())
