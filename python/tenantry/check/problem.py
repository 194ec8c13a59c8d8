"""The compact problem: vector bin packing with conflicts, several bin types and copies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from operator import le
from typing import Any

from .reading import UnreadableError, fields, integer, integers, record, sequence

MAX_TOTAL = 2**62  # of the copies, of the sizes in a resource, of the costs
HEXADECIMAL = re.compile(r"0|[1-9a-f][0-9a-f]*")
SIDE = 1024  # of the squares in which a matrix of bits is mirrored


@dataclass(slots=True)
class Bin:
    """A bin type: what it holds, what it costs, how many there may be (None: any number)."""

    capacity: list[int]
    cost: int
    max_count: int | None


@dataclass(slots=True)
class Item:
    """An item type: the size of a copy, how many copies, the class, the bin types that may hold it."""

    size: list[int]
    demand: int
    klass: int
    eligible: list[int]


LEVELS = ("clusters", "cost", "moves")


@dataclass
class Terms:
    """What a plan has to obey beyond rooms, conflicts and maximum counts. A list that is empty says nothing."""

    limits: list[tuple[list[int], int]] = field(default_factory=list)  # bin types, and how many bins of them
    kept: list[int] = field(default_factory=list)  # of each bin type, how many bins are in every plan
    charges: list[tuple[int, dict[int, int]]] = field(default_factory=list)  # of each item type: else, in a bin type
    units: list[int | None] = field(default_factory=list)  # of each item type
    most: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(LEVELS))  # limits on values
    groups: list[int | None] = field(default_factory=list)  # of each item type
    most_groups: list[int | None] = field(default_factory=list)  # of each bin type, how many a bin holds
    overheads: list[list[int]] = field(default_factory=list)  # of each group, what it takes once in a bin where it is


@dataclass
class Problem:
    """Vector bin packing with conflicts. ``conflicts[c]`` has bit j set where classes c and j conflict (both ways)."""

    dimensions: int
    bins: list[Bin]
    items: list[Item]
    conflicts: list[int]
    terms: Terms = field(default_factory=Terms)

    def conflict(self, a: int, b: int) -> bool:
        """Whether a copy of item type a and a copy of item type b (another one, where a = b) may not share a bin."""
        unit = self.unit(a)
        united = unit is not None and unit == self.unit(b)
        return united or bool(self.conflicts[self.items[a].klass] >> self.items[b].klass & 1)

    def unit(self, item: int) -> int | None:
        """A bin holds at most one item of a unit."""
        return self.terms.units[item] if self.terms.units else None

    def group(self, item: int) -> int | None:
        """The group of an item type."""
        return self.terms.groups[item] if self.terms.groups else None

    def most_groups(self, bin: int) -> int | None:
        """How many groups a bin of a type may hold."""
        return self.terms.most_groups[bin] if self.terms.most_groups else None

    def overhead(self, group: int) -> list[int]:
        """What a group takes once in every bin where it is."""
        return self.terms.overheads[group] if self.terms.overheads else [0] * self.dimensions

    def kept(self, bin: int) -> int:
        """How many bins of a type are in every plan."""
        return self.terms.kept[bin] if self.terms.kept else 0

    def least(self) -> list[int]:
        """By bin type, how many are in every plan: kept ones; and the only one where an item type fits no other."""
        least = [self.kept(bin) for bin in range(len(self.bins))]
        exist = [self.exists(bin) for bin in range(len(self.bins))]
        for item in (item for item in self.items if item.demand > 0):
            homes = (bin for bin in item.eligible if exist[bin] and all(map(le, item.size, self.bins[bin].capacity)))
            two = list(islice(homes, 2))
            if len(two) == 1 and self.bins[two[0]].max_count == 1:
                least[two[0]] = max(least[two[0]], 1)
        return least

    def charge(self, item: int, bin: int) -> int:
        """What a copy is charged in a bin of a type."""
        if not self.terms.charges:
            return 0
        base, other = self.terms.charges[item]
        return other.get(bin, base)

    def exists(self, bin: int) -> bool:
        """Whether there may be a bin of a type."""
        none = any(most == 0 and bin in group for group, most in self.terms.limits)
        return self.bins[bin].max_count != 0 and not none


def read_terms(value: Any, problem: Problem) -> Terms:
    """The terms of a file; lists that say nothing come out empty."""
    keys = ("limits", "kept", "charges", "units", "most")
    known = fields(value, "problem.terms", keys, ["groups"])
    limits, kept, charges, units, most = (known[key] for key in keys)
    terms = Terms()
    for index, entry in enumerate(sequence(limits, "problem.terms.limits")):
        place = f"problem.terms.limits[{index}]"
        bins, number = record(entry, place, "bins", "most")
        group = integers(bins, place)
        if sorted(set(group)) != group or any(bin >= len(problem.bins) for bin in group):
            raise UnreadableError(f"{place}.bins: ascending indices of bin types are needed")
        terms.limits.append((group, integer(number, place)))
    terms.kept = integers(kept, "problem.terms.kept")
    for index, entry in enumerate(sequence(charges, "problem.terms.charges")):
        place = f"problem.terms.charges[{index}]"
        base, other = record(entry, place, "base", "except")
        pairs = [integers(pair, place) for pair in sequence(other, place)]
        named = [pair[0] for pair in pairs if len(pair) == 2]
        if len(named) != len(pairs) or sorted(set(named)) != named or any(bin >= len(problem.bins) for bin in named):
            raise UnreadableError(f"{place}.except: pairs of ascending bin types and charges are needed")
        terms.charges.append((integer(base, place), {pair[0]: pair[1] for pair in pairs}))
    for entry in sequence(units, "problem.terms.units"):
        terms.units.append(None if entry is None else integer(entry, "problem.terms.units"))
    for level, entry in zip(LEVELS, record(most, "problem.terms.most", *LEVELS), strict=True):
        terms.most[level] = None if entry is None else integer(entry, "problem.terms.most")
    for name, got, expected in (
        ("kept", len(terms.kept), len(problem.bins)),
        ("charges", len(terms.charges), len(problem.items)),
        ("units", len(terms.units), len(problem.items)),
    ):
        if got not in (0, expected):
            raise UnreadableError(f"problem.terms.{name}: {expected} entries or none are needed")
    highest = [max([base, *other.values()]) for base, other in terms.charges]
    copies = sum(item.demand for item in problem.items) + sum(terms.kept)
    charged = sum(most * item.demand for most, item in zip(highest, problem.items, strict=False))
    dearest = max((bin.cost for bin in problem.bins), default=0)
    if max(copies, dearest * copies, charged) > MAX_TOTAL:
        raise UnreadableError("problem.terms: a sum passes 2^62")
    if not any(terms.kept):
        terms.kept = []
    if not any(highest):
        terms.charges = []
    if all(unit is None for unit in terms.units):
        terms.units = []
    read_groups(known, problem, terms)
    return terms


def read_groups(known: dict[str, Any], problem: Problem, terms: Terms) -> None:
    """The groups of a file; all of it comes out empty where it says nothing."""
    place = "problem.terms.groups"
    if "groups" not in known:
        return
    of, most, overheads = record(known["groups"], place, "of", "most", "overheads")
    groups = [None if entry is None else integer(entry, place) for entry in sequence(of, f"{place}.of")]
    most_groups = [None if entry is None else integer(entry, place) for entry in sequence(most, f"{place}.most")]
    sizes = [integers(entry, place) for entry in sequence(overheads, f"{place}.overheads")]
    if len(groups) not in (0, len(problem.items)) or len(most_groups) not in (0, len(problem.bins)):
        raise UnreadableError(f"{place}: an entry for each item type and each bin type, or none, is needed")
    named = [group for group in groups if group is not None]
    if any(group >= len(problem.items) for group in named):
        raise UnreadableError(f"{place}.of: a number below that of the item types is needed")
    if len(sizes) not in (0, max(named, default=-1) + 1) or any(len(size) != problem.dimensions for size in sizes):
        raise UnreadableError(f"{place}.overheads: an entry for each group, of {problem.dimensions} sizes, is needed")
    for q in range(problem.dimensions):
        total = 0
        for index, item in enumerate(problem.items):
            group = groups[index] if groups else None
            once = sizes[group][q] if sizes and group is not None else 0
            total += (item.size[q] + once) * item.demand
        if total > MAX_TOTAL:
            raise UnreadableError(f"{place}: a sum passes 2^62")
    some_most, some_size = any(entry is not None for entry in most_groups), any(map(any, sizes))
    if named and (some_most or some_size):
        terms.groups = groups
        terms.most_groups = most_groups if some_most else []
        terms.overheads = sizes if some_size else []


def read_problem(value: Any, *, second: bool = False) -> Problem:
    """The problem of a file of the first or second version; what is read is well-formed."""
    keys = ("dimensions", "bins", "items", "conflicts", *(("terms",) if second else ()))
    dims, bins, items, rows = record(value, "problem", *keys)[:4]
    dimensions = integer(dims, "problem.dimensions", high=256)
    if len(sequence(rows, "problem.conflicts")) > 2**15:
        raise UnreadableError("problem.conflicts: too many classes")
    problem = Problem(dimensions, [], [], [])
    for index, row in enumerate(rows):
        place = f"problem.conflicts[{index}]"
        if not isinstance(row, str) or not HEXADECIMAL.fullmatch(row):
            raise UnreadableError(f"{place}: a lower-case hexadecimal number without leading zeros is needed")
        bits = int(row, 16)
        if bits >> (index + 1):
            raise UnreadableError(f"{place}: a bit above the row's own class")
        problem.conflicts.append(bits)
    problem.conflicts = mirrored(problem.conflicts)
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
    if second:
        problem.terms = read_terms(value["terms"], problem)
    return problem


def ones(bits: int) -> list[int]:
    """The positions of the bits that are set, ascending."""
    found: list[int] = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def mirrored(rows: list[int]) -> list[int]:
    """The whole of a symmetric matrix of bits, of which each row says what stands up to the diagonal."""
    side = 8
    while side < min(len(rows), SIDE):
        side *= 2
    whole = list(rows)
    for top in range(0, len(rows), side):
        for left in range(0, top + 1, side):
            square = [row >> left & (1 << side) - 1 for row in rows[top : top + side]]
            if any(square):
                for number, column in enumerate(transposed(square, side)[: len(rows) - left]):
                    whole[left + number] |= column << top
    return whole


def transposed(rows: list[int], side: int) -> list[int]:
    """The columns of a square of bits, whose side is a power of two from 8; rows that are missing are empty."""
    wide = side // 8
    data = b"".join(row.to_bytes(wide, "little") for row in rows)
    bits = int.from_bytes(data, "little")
    half = side // 2
    while half:
        # in each square of two halves the upper right quarter changes places with the lower left one
        across = half * (side - 1)
        changed = (bits ^ bits >> across) & upper_right(side, half)
        bits ^= changed | changed << across
        half //= 2
    data = bits.to_bytes(side * wide, "little")
    return [int.from_bytes(data[at : at + wide], "little") for at in range(0, side * wide, wide)]


@lru_cache(maxsize=64)
def upper_right(side: int, half: int) -> int:
    """The bits of a square that stand in the upper right quarter of a square of two halves."""
    row = sum((1 << half) - 1 << at for at in range(half, side, 2 * half)).to_bytes(side // 8, "little")
    return int.from_bytes((row * half + bytes(len(row) * half)) * (side // (2 * half)), "little")
