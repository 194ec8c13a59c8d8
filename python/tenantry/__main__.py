"""The ``tenantry`` program, the same as the Rust one: ``python -m tenantry``."""

from __future__ import annotations

import sys

from tenantry import _core


def main() -> int:
    """Runs the program on ``sys.argv`` and returns its exit code."""
    return _core.run_program(["tenantry", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
