"""What depends on LLaMA-Factory's environment variables and release."""

from __future__ import annotations

import re
from collections.abc import Callable

from qp_lint.run import RunBuilder
from qp_lint.tree import Choice, Node, Plain, Scalar


def enabled(builder: RunBuilder, name: str) -> bool | None:
    """Whether an environment variable switches something on, as `is_env_enabled` reads it; None when it cannot be told.

    A variable that the launch does not set counts as not set.
    """
    node = builder.env.get(name)
    if node is None:
        return False
    found = builder.pick(node)
    if not isinstance(found, Scalar):
        return None
    return str(found.value).lower() in ("true", "y", "1")


def by_release(builder: RunBuilder, value: Callable[[str], Plain]) -> Node | Plain:
    """A value that depends on LLaMA-Factory's release: one for every release that may be installed."""
    values = list(dict.fromkeys(value(release) for release in builder.versions.candidates("llamafactory")))
    return values[0] if len(values) == 1 else Choice(tuple(Scalar(item) for item in values))


def at_least(release: str, other: str) -> bool:
    """Whether a release is `other` or newer."""
    return numbers(release) >= numbers(other)


def numbers(release: str) -> tuple[int, ...]:
    """`0.9.5` as numbers; what follows them does not count."""
    return tuple(int(part) for part in re.findall(r"\d+", release)[:3])
