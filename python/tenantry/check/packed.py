"""Rows of numbers that are added and compared all at once: a row is one long integer, each number in bits of its own.

Tables of knapsacks are made of such rows. Number by number they take ten times as long.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence

CODES = {32: "I", 64: "Q"}  # of arrays whose entries have so many bits


class Rows:
    """Rows of ``count`` numbers, none of them above ``most``."""

    def __init__(self, count: int, most: int) -> None:
        self.count: int = count
        # a bit of each number is spare: it is set while two rows are compared
        self.wide: int = 32 if most < 1 << 31 else 64 * (most.bit_length() // 64 + 1)
        self.ones: int = int.from_bytes((b"\1" + bytes(self.wide // 8 - 1)) * count, "little")
        self.spare: int = self.ones << self.wide - 1
        self.full: int = (1 << count * self.wide) - 1

    def later(self, row: int, places: int, value: int) -> int:
        """Every number so much more, and so many places further on; the first of the row are 0."""
        return (row + value * self.ones) << places * self.wide & self.full

    def larger(self, one: int, other: int) -> int:
        """The larger number of two rows in each place."""
        at_least = ((one | self.spare) - other) & self.spare  # where the number in ``one`` is at least the other
        bits = at_least - (at_least >> self.wide - 1)
        return other ^ (one ^ other) & bits

    def last(self, row: int) -> int:
        """The last number of a row."""
        return row >> (self.count - 1) * self.wide

    def numbers(self, row: int) -> Sequence[int]:
        """The numbers of a row."""
        size = self.wide // 8
        data = row.to_bytes(self.count * size, "little")
        found: array[int] = array(CODES.get(self.wide, "Q"))
        if found.itemsize != size:
            return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]
        found.frombytes(data)
        if sys.byteorder == "big":
            found.byteswap()
        return found


def lots(count: int) -> Iterator[int]:
    """Numbers that add up to this one, some of them to each number below: 1, 2, 4 and so on, and what is left."""
    lot = 1
    while count > 0:
        yield min(lot, count)
        count -= lot
        lot *= 2
