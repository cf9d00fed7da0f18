"""qp-lint: finds LLM training runs that cannot work because of how quantization meets parallelism."""

from __future__ import annotations

__version__ = "0.1.0"
