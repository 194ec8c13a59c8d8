"""The limits and choices of a run, checked before the engine sees them."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from tenantry import _core
from tenantry._narrow import is_iterable, is_map
from tenantry.errors import UsageError
from tenantry.values import day

T = TypeVar("T")


def of_type(value: Any, wanted: type[T], says: str, instead: Mapping[type, str] | None = None) -> T:
    """The value, which is of the type.

    Raises:
        TypeError: it is not; `says` what is taken, and `instead` what makes it of a value of some other type.
    """
    if isinstance(value, wanted):
        return value
    hint = next((f": use {hint}" for kind, hint in (instead or {}).items() if isinstance(value, kind)), "")
    raise TypeError(f"{says}, not {called(value)}{hint}")


def called(value: Any) -> str:
    """What a value is, with an article."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def as_day(value: Any) -> str | None:
    """A day given as text or as a date, as text. What it says is checked by the engine."""
    if value is None or isinstance(value, str):
        return value
    return day(of_type(value, datetime.date, "a day is a text YYYY-MM-DD or a date"))


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


def levels(value: Any) -> list[str] | None:
    """The levels of an objective. What they say is checked by the engine."""
    if value is None:
        return None
    listed = list(value) if is_iterable(value, str, bytes) else []
    if not listed or not all(isinstance(level, str) for level in listed):
        raise UsageError(f'`objective` is a list of levels, such as ["clusters", "cost"], not {value!r}')
    return listed


def limits(value: Any) -> list[tuple[str, str]]:
    """Limits on values, each in text. What they say is checked by the engine."""
    if value is None:
        return []
    if not is_map(value) or not all(isinstance(name, str) for name in value):
        raise UsageError(f'`limits` is a map, such as {{"clusters": 3}}, not {value!r}')
    return [(name, amount(number, f"`limits`: {name}")) for name, number in value.items()]


def amount(value: Any, what: str) -> str:
    """A number in text."""
    if isinstance(value, float) and value >= 0 and value != float("inf"):
        return _core.decimal(value)
    if isinstance(value, str | Decimal):
        return str(value)
    return str(whole(value, what))


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


_SHOWN = 256
"""Bits of a number that is shown: Python refuses to write one of thousands of digits."""


def whole(value: Any, what: str, bits: int = 64) -> int:
    """A whole number from 0 that takes so many bits."""
    try:
        number = operator.index(value)
        if isinstance(value, bool):
            raise TypeError
    except TypeError:
        raise UsageError(f"{what} is a whole number, not {value!r}") from None
    if not 0 <= number < 1 << bits:
        long = number.bit_length() > _SHOWN
        raise UsageError(
            f"{what} is between 0 and 2^{bits} - 1, not {f'one of {number.bit_length()} bits' if long else number}"
        )
    return number


def _threads(value: Any) -> int:
    threads = whole(value, "`threads`")
    if threads == 0:
        raise UsageError("`threads` is at least 1")
    return min(threads, 1 << 16)  # a pointer may be narrower than 64 bits
