"""How the pipeline says how far it is."""

from __future__ import annotations


class Observer:
    """Hears how far a check is; this one does nothing about it."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def files(self, done: int, total: int) -> None:
        """So many files of the project have been looked at."""
