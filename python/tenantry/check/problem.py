"""The compact problem: vector bin packing with conflicts, several bin types and copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .reading import UnreadableError, integer, integers, record, sequence

MAX_TOTAL = 2**62  # of the copies, of the sizes in a resource, of the costs


@dataclass
class Bin:
    """A bin type: what it holds, what it costs, how many there may be (None: any number)."""

    capacity: list[int]
    cost: int
    max_count: int | None


@dataclass
class Item:
    """An item type: the size of a copy, how many copies, the class, the bin types that may hold it."""

    size: list[int]
    demand: int
    klass: int
    eligible: list[int]


@dataclass
class Problem:
    """Vector bin packing with conflicts. ``conflicts[c]`` has bit j set where classes c and j conflict (both ways)."""

    dimensions: int
    bins: list[Bin]
    items: list[Item]
    conflicts: list[int]

    def conflict(self, a: int, b: int) -> bool:
        """Whether a copy of item type a and a copy of item type b (another one, where a = b) may not share a bin."""
        return bool(self.conflicts[self.items[a].klass] >> self.items[b].klass & 1)


def read_problem(value: Any) -> Problem:
    """The problem of a file; what is read is well-formed."""
    dims, bins, items, rows = record(value, "problem", "dimensions", "bins", "items", "conflicts")
    dimensions = integer(dims, "problem.dimensions", high=256)
    problem = Problem(dimensions, [], [], [0] * len(sequence(rows, "problem.conflicts")))
    if len(rows) > 2**15:
        raise UnreadableError("problem.conflicts: too many classes")
    for index, row in enumerate(rows):
        place = f"problem.conflicts[{index}]"
        if not isinstance(row, str) or not row or set(row) - set("0123456789abcdef") or (row[0] == "0" and row != "0"):
            raise UnreadableError(f"{place}: a lower-case hexadecimal number without leading zeros is needed")
        bits = int(row, 16)
        if bits >> (index + 1):
            raise UnreadableError(f"{place}: a bit above the row's own class")
        problem.conflicts[index] |= bits
        for other in ones(bits):
            problem.conflicts[other] |= 1 << index
    for index, entry in enumerate(sequence(bins, "problem.bins")):
        place = f"problem.bins[{index}]"
        capacity, cost, most = record(entry, place, "capacity", "cost", "maxCount")
        max_count = None if most is None else integer(most, place)
        problem.bins.append(Bin(integers(capacity, place), integer(cost, place), max_count))
        if len(problem.bins[-1].capacity) != dimensions:
            raise UnreadableError(f"{place}: {dimensions} dimensions are needed")
    for index, entry in enumerate(sequence(items, "problem.items")):
        place = f"problem.items[{index}]"
        size, demand, klass, eligible = record(entry, place, "size", "demand", "class", "eligible")
        item = Item(integers(size, place), integer(demand, place, 1), integer(klass, place), integers(eligible, place))
        problem.items.append(item)
        if len(item.size) != dimensions or item.klass >= len(problem.conflicts):
            raise UnreadableError(f"{place}: a size of {dimensions} dimensions and a known class are needed")
        if sorted(set(item.eligible)) != item.eligible or any(bin >= len(problem.bins) for bin in item.eligible):
            raise UnreadableError(f"{place}.eligible: ascending indices of bin types are needed")
    copies = sum(item.demand for item in problem.items)
    totals = [sum(item.size[q] * item.demand for item in problem.items) for q in range(dimensions)]
    dearest = max((bin.cost for bin in problem.bins), default=0)
    if max([copies, dearest * copies, *totals]) > MAX_TOTAL:
        raise UnreadableError("problem: a sum passes 2^62")
    return problem


def ones(bits: int) -> list[int]:
    """The positions of the bits that are set, ascending."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
