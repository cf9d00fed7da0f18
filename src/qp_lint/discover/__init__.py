"""Which files a check looks at, what kind they are, and their text."""

from __future__ import annotations

from qp_lint.discover.kind import Kind, is_test, kind_of
from qp_lint.discover.read import LIMIT, ReadProblem, decode, encode, is_python, read_bytes, read_text, reason
from qp_lint.discover.walk import DOCS, FINISHED, JOURNALS, UNFINISHED, Listing, discover, is_root, root_of

__all__ = [
    "DOCS",
    "FINISHED",
    "JOURNALS",
    "LIMIT",
    "UNFINISHED",
    "Kind",
    "Listing",
    "ReadProblem",
    "decode",
    "discover",
    "encode",
    "is_python",
    "is_root",
    "is_test",
    "kind_of",
    "read_bytes",
    "read_text",
    "reason",
    "root_of",
]
