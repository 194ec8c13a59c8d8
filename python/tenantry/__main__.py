"""The ``tenantry`` program, the same as the Rust one and ``mcp`` beside it: ``python -m tenantry``."""

from __future__ import annotations

import sys

from tenantry import _core

BESIDE = "\nOf the Python package alone:\n  mcp          Serve the answers to an assistant; see `tenantry mcp --help`"


def main() -> int:
    """Runs the program on ``sys.argv`` and returns its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["mcp"]:
        from tenantry.mcp import main as serve

        return serve(arguments[1:])
    code = _core.run_program(["tenantry", *arguments])
    if arguments in (["--help"], ["-h"], ["help"]) and code == 0:
        print(BESIDE, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
