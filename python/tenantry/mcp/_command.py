"""The command line of ``tenantry mcp``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence

from tenantry._extras import wanted
from tenantry.mcp.errors import RefusedError
from tenantry.mcp.files import Root
from tenantry.mcp.limits import Limits

ABOUT = """Serves validate, plan, explain, why_not, prices, place and diff to an assistant, over the Model Context
Protocol on standard input and output. Files are read under one folder alone, and none is written."""


def main(arguments: Sequence[str]) -> int:
    """Serves until the client goes.

    Args:
        arguments: what follows ``tenantry mcp``.

    Returns:
        The exit code: 0, or 2 where an argument is wrong or the package ``mcp`` is not there.
    """
    usual = Limits()
    parser = argparse.ArgumentParser("tenantry mcp", description=ABOUT, allow_abbrev=False)
    parser.add_argument("--root", default=".", metavar="DIR", help="the folder whose files are read; the current one")
    for name, between, default, unit, about in (
        ("--time-limit", (1, 86_400), usual.time, "SECONDS", "the most that a call may search"),
        (
            "--memory-limit",
            (256, 1 << 20),
            usual.memory >> 20,
            "MIB",
            "the most memory of a call, where the system keeps such a limit",
        ),
        ("--max-input", (1, 1 << 20), usual.input_bytes >> 10, "KIB", "the largest file or text that is read"),
        ("--max-answer", (4, 1 << 20), usual.answer_bytes >> 10, "KIB", "the largest answer"),
        ("--calls", (1, 64), usual.calls, "N", "calls that are answered at a time"),
    ):
        parser.add_argument(name, type=_number(*between), default=default, metavar=unit, help=f"{about}; {default:g}")
    given = parser.parse_args(arguments)
    limits = Limits(
        time=given.time_limit,
        input_bytes=int(given.max_input) << 10,
        answer_bytes=int(given.max_answer) << 10,
        memory=int(given.memory_limit) << 20,
        calls=int(given.calls),
    )
    try:
        wanted("mcp", "tenantry mcp", "tenantry[mcp]")
        root = Root(given.root)
    except (ModuleNotFoundError, RefusedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from tenantry.mcp.server import serve

    try:
        serve(root, limits)
    except KeyboardInterrupt:
        return 130
    return 0


def _number(low: int, high: int) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"a number from {low} to {high}, not {text!r}")
        return value

    return number
