"""Text to trees: one module a format, each giving nodes with spans and knowing no framework."""

from __future__ import annotations


class ParseError(Exception):
    """A text that is not what its format demands; `offset` (code points) is where."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
