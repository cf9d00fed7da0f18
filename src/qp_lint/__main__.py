"""`python -m qp_lint` and the `qp-lint` script."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; exits 0 (clean), 1 (findings), 2 (usage, configuration or internal error)."""
    gc.set_threshold(100_000, 50, 100)  # syntax trees are many objects and no garbage: looking through them often is wasted
    from qp_lint.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
