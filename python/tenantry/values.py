"""What is not plain Python, said in plainer values: numpy scalars, decimals, dates, sets."""

from __future__ import annotations

import datetime
from decimal import Decimal
from reprlib import repr as shortened
from typing import Any

from tenantry._narrow import is_map, is_sequence, is_set


def simpler(value: Any) -> Any:
    """The same value, nearer to ``str``, ``int``, ``float``, ``bool``, ``None``, ``dict`` or ``list``.

    Raises:
        TypeError: it has no place in a document.

    Example:
        >>> import datetime, decimal
        >>> simpler(datetime.date(2026, 11, 26)), simpler(decimal.Decimal("0.30"))
        ('2026-11-26', '0.30')
    """
    if type(value).__name__ in {"NAType", "NaTType", "MaskedConstant"}:
        return None
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime.date):
        return day(value)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # numpy scalars and arrays
        return _numpy(value)
    for unwrap in ("to_list", "as_py"):  # columns of polars and pandas; scalars of pyarrow
        if hasattr(value, unwrap):
            return getattr(value, unwrap)()
    if is_map(value):
        return dict(value)
    if is_set(value) and all(isinstance(entry, str) for entry in value):
        return sorted(value)
    if is_sequence(value, bytes, bytearray, memoryview):
        return list(value)
    raise _no_place(value)


def single(value: float) -> float:
    """A number of single precision as the decimal that was meant: seven digits, which are all that it holds.

    Example:
        >>> single(0.30000001192092896)
        0.3
    """
    return value if value.is_integer() else float(f"{value:.7g}")


def day(value: datetime.date) -> str:
    """A day as ``YYYY-MM-DD``.

    Raises:
        TypeError: a time of day, or a time zone, stands with it.

    Example:
        >>> import datetime
        >>> day(datetime.datetime(2026, 11, 26))
        '2026-11-26'
    """
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        raise TypeError(f"a day is needed, and this is a time with a time zone ({value.tzinfo}): {value.isoformat()}")
    if isinstance(value, datetime.datetime) and value.time() != datetime.time():
        raise TypeError(f"a day is needed, and this has a time of day: {value.isoformat()}")
    return value.isoformat()[:10]


def _no_place(value: Any) -> TypeError:
    shown = " ".join(shortened(value).split())
    return TypeError(f"{type(value).__name__} has no place in a fleet document: {shown}")


_DIGITS = 40
"""More than any amount has: a number with an exponent could have billions of them."""


def _decimal(value: Decimal) -> Any:
    if value.is_nan():
        return None
    if not value.is_finite():
        return float(value)
    if abs(value.adjusted()) > _DIGITS:
        return str(value)  # with an exponent
    if value == value.to_integral_value():
        return int(value)
    return format(value, "f")  # as a text: it has no noise


def _numpy(value: Any) -> Any:
    kind, width = value.dtype.kind, value.dtype.itemsize
    if getattr(value, "ndim", 0):
        return list(value)  # entry by entry, each with its type
    if kind == "M":
        return value.astype("datetime64[us]").tolist()
    if kind == "f" and width == 2:
        return float(str(value))
    if kind == "f" and width == 4:
        return single(float(value))
    if kind == "f":
        return float(value)
    plainer = value.tolist()
    if type(plainer) is type(value) or kind not in "biuUOT":
        raise _no_place(value)
    return plainer
