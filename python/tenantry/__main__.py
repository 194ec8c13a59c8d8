"""The ``tenantry`` program, the same as the Rust one and ``mcp`` beside it: ``python -m tenantry``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

from tenantry import _core

BESIDE = "\nOf the Python package alone:\n  mcp          Serve the answers to an assistant; see `tenantry mcp --help`"
INTERRUPTED = 130


def main() -> int:
    """Runs the program on ``sys.argv`` and returns its exit code."""
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["mcp"]:
        from tenantry.mcp import main as serve

        return serve(arguments[1:])
    heard = _leave_ctrl_c_to_the_program()
    try:
        code = _core.run_program(["tenantry", *arguments])
    finally:
        if heard is not None:
            signal.signal(signal.SIGINT, heard)
    if arguments in (["--help"], ["-h"], ["help"]) and code == 0:
        print(BESIDE, flush=True)
    return code


def _leave_ctrl_c_to_the_program() -> Callable[[int, FrameType | None], object] | None:
    """The handler that was there. The interpreter hears the signal, too, and would raise it beside the answer."""
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # one that is ignored stays so
        return None
    try:
        signal.signal(signal.SIGINT, _unheard)
    except ValueError:  # not the main thread: signals are not for this one
        return None
    return before


def _unheard(number: int, frame: FrameType | None) -> None:
    """Nothing is to be done: the program has heard it."""


if __name__ == "__main__":
    sys.exit(main())
