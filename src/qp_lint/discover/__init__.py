"""Which files a check looks at, what kind they are, and their text."""

from __future__ import annotations

import functools
import re

from qp_lint.discover.kind import Kind, kind_of
from qp_lint.discover.read import LIMIT, ReadProblem, decode, encode, read_bytes, read_text, reason
from qp_lint.discover.walk import DOCS, Listing, discover, is_root, root_of

__all__ = [
    "DOCS",
    "LIMIT",
    "Kind",
    "Listing",
    "ReadProblem",
    "decode",
    "discover",
    "encode",
    "is_root",
    "kind_of",
    "passes",
    "read_bytes",
    "read_text",
    "reason",
    "root_of",
]


def passes(data: bytes, words: frozenset[str]) -> bool:
    """Whether `data` holds one of `words` (case-sensitive): the test that spares most files a parse."""
    return _pattern(words).search(data) is not None


@functools.lru_cache(maxsize=64)
def _pattern(words: frozenset[str]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(re.escape(word.encode()) for word in sorted(words)) or b"(?!)")
