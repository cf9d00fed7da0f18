"""A finding's identity that survives moved lines, for baselines and for services that track findings over time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from qp_lint.diagnostics import Finding

KEY_SETTINGS = ("quantization.method", "quantization.bits", "parallel.strategy", "tuning.method")
"""The settings that tell apart two runs through the same line.  Others may come and go with qp-lint's versions."""


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """32 hexadecimal digits for each finding, in order.

    They depend on the rule, the path, the text of the first line (spaces do not count) and the key settings; of findings
    that agree in all of these the second, third … in the order given are told apart by their number.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    for finding in findings:
        span = finding.span.outermost()
        line = " ".join(span.source.line(span.begin.line).split())
        settings = dict(finding.settings)
        key = (finding.code, span.source.path, line, *(str(settings.get(name, "")) for name in KEY_SETTINGS))
        parts = (*key, str(seen[key])) if seen[key] else key
        seen[key] += 1
        result.append(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return result
