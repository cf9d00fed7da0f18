"""`python -m qp_lint` and the `qp-lint` script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; exits 0 (clean), 1 (findings), 2 (usage, configuration or internal error)."""
    from qp_lint.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
