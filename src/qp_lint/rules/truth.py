"""The four truth values of a condition on a run."""

from __future__ import annotations

import enum


class Truth(enum.IntEnum):
    """Ordered, so that `and` is min and `or` is max.  MAYBE: some of the possible values make it true; UNKNOWN never fires."""

    FALSE = 0
    UNKNOWN = 1
    MAYBE = 2
    TRUE = 3
