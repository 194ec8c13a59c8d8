"""The limits and choices of a run, checked before the engine sees them."""

from __future__ import annotations

import operator
from typing import Any

from tenantry.errors import UsageError


def checked(*, time_limit: Any, work_limit: Any, seed: Any, threads: Any) -> dict[str, Any]:
    """The same, as the plain numbers that the engine takes.

    Raises:
        UsageError: one of them is no number, or out of range.
    """
    return {
        "time_limit": None if time_limit is None else _seconds(time_limit),
        "work_limit": None if work_limit is None else whole(work_limit, "`work_limit`"),
        "seed": whole(seed, "`seed`"),
        "threads": None if threads is None else _threads(threads),
    }


def _seconds(value: Any) -> float:
    if isinstance(value, str | bytes):  # float() would read them
        raise UsageError(f"`time_limit` is a number of seconds, not {value!r}")
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"`time_limit` is a number of seconds, not {value!r}") from None
    if not seconds >= 0:
        raise UsageError(f"`time_limit` is a number of seconds of at least 0, not {value!r}")
    return seconds


def whole(value: Any, what: str, bits: int = 64) -> int:
    """A whole number from 0 that takes so many bits."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{what} is a whole number, not {value!r}") from None
    if not 0 <= number < 1 << bits:
        raise UsageError(f"{what} is between 0 and 2^{bits} - 1, not {number}")
    return number


def _threads(value: Any) -> int:
    threads = whole(value, "`threads`")
    if threads == 0:
        raise UsageError("`threads` is at least 1")
    return min(threads, 1 << 16)  # a pointer may be narrower than 64 bits
