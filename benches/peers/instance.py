"""Instances as `table --export` writes them, what every peer is given, and the check of what it returns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Bin(dict[int, int]):
    """The copies of each item type in it, and the kind of bin that it is."""

    def __init__(self, copies=(), kind: int = 0):
        super().__init__(copies)
        self.kind = kind


Packing = list[Bin]


class Kind(NamedTuple):
    """A kind of bin, and how many there may be; None: any number."""

    capacity: list[int]
    most: int | None


class NoRoom(Exception):
    """An item fits in none of the bins that are left."""


@dataclass
class Instance:
    name: str
    kinds: list[Kind]
    sizes: list[list[int]]
    demand: list[int]
    classes: list[int]
    rows: list[int]
    """Conflicts of a class as a bit set over classes."""

    @classmethod
    def read(cls, path: Path) -> Instance:
        data = json.loads(path.read_text())
        rows = [0] * data["classes"]
        for a, b in data["conflicts"]:
            rows[a] |= 1 << b
            rows[b] |= 1 << a
        sizes, demand, classes = (list(column) for column in zip(*data["items"], strict=True))
        return cls(data["name"], [Kind(*kind) for kind in data["bins"]], sizes, demand, classes, rows)

    @property
    def simple(self) -> bool:
        """Any number of bins, all of one kind."""
        return len(self.kinds) == 1 and self.kinds[0].most is None

    @property
    def capacity(self) -> list[int]:
        """Of each resource what the kind that has most of it has."""
        return [max(column) for column in zip(*(kind.capacity for kind in self.kinds), strict=True)]

    @property
    def loads(self) -> list[int]:
        """Of each resource what all items take together."""
        sums = [0] * len(self.kinds[0].capacity)
        for demand, size in zip(self.demand, self.sizes, strict=True):
            sums = [load + demand * amount for load, amount in zip(sums, size, strict=True)]
        return sums

    def with_kinds(self, most: list[int | None]) -> Instance:
        """The same with other numbers of bins."""
        kinds = [Kind(kind.capacity, number) for kind, number in zip(self.kinds, most, strict=True)]
        return Instance(self.name, kinds, self.sizes, self.demand, self.classes, self.rows)

    @property
    def unit(self) -> bool:
        """Every item its own class, one copy each: then sizes may count as conflicts too."""
        return max(self.demand) == 1 and len(set(self.classes)) == len(self.classes)

    def strengthened(self) -> Instance:
        """The same with a conflict where two items do not fit together; only where every item is its own class."""
        if not self.unit or self.classes != list(range(len(self.sizes))):
            return self
        sizes, capacity = self.sizes, self.capacity
        rows = list(self.rows)
        for a, size in enumerate(sizes):
            for b in range(a):
                if any(x + y > c for x, y, c in zip(size, sizes[b], capacity, strict=True)):
                    rows[a] |= 1 << b
                    rows[b] |= 1 << a
        return Instance(self.name, self.kinds, sizes, [1] * len(sizes), list(range(len(sizes))), rows)

    def copies(self) -> tuple[Instance, list[int]]:
        """Every copy an item of its own class, and the item type that it is of."""
        of = [item for item, demand in enumerate(self.demand) for _ in range(demand)]
        members = [0] * len(self.rows)
        for copy, item in enumerate(of):
            members[self.classes[item]] |= 1 << copy
        rows = []
        for copy, item in enumerate(of):
            row = 0
            for other in bits(self.rows[self.classes[item]]):
                row |= members[other]
            rows.append(row & ~(1 << copy))
        sizes = [self.sizes[item] for item in of]
        return Instance(self.name, self.kinds, sizes, [1] * len(of), list(range(len(of))), rows), of

    def components(self) -> list[tuple[Instance, list[int]]]:
        """Connected components of the compatibility graph, each with its item types: solved apart, bounds add up."""
        everything = (1 << len(self.rows)) - 1
        unvisited, parts = everything, []
        while unvisited:
            start = (unvisited & -unvisited).bit_length() - 1
            stack, part = [start], 0
            unvisited &= ~(1 << start)
            while stack:
                vertex = stack.pop()
                part |= 1 << vertex
                reached = unvisited & ~self.rows[vertex]
                unvisited &= ~reached
                stack.extend(bits(reached))
            parts.append(part)
        found = []
        for part in parts:
            inside = {vertex: at for at, vertex in enumerate(bits(part))}
            items = [item for item, vertex in enumerate(self.classes) if vertex in inside]
            if not items:
                continue
            rows = [sum(1 << inside[other] for other in bits(self.rows[vertex] & part)) for vertex in inside]
            sub = Instance(
                self.name,
                self.kinds,
                [self.sizes[item] for item in items],
                [self.demand[item] for item in items],
                [inside[self.classes[item]] for item in items],
                rows,
            )
            found.append((sub, items))
        return found

    def cliques(self) -> list[list[int]]:
        """A greedy cover of the conflicts' edges by maximal cliques of classes (alone: conflict with itself)."""
        left = [row & ~(1 << vertex) for vertex, row in enumerate(self.rows)]
        order = sorted(range(len(left)), key=lambda vertex: -left[vertex].bit_count())
        cover = []
        for vertex in order:
            while left[vertex]:
                clique, common = [vertex], self.rows[vertex] & ~(1 << vertex)
                # first neighbours over edges that nothing covers yet, then any that make it larger
                fresh = left[vertex]
                while common:
                    among = common & fresh if common & fresh else common
                    other = max(bits(among), key=lambda v: ((left[v] & common).bit_count(), -v))
                    clique.append(other)
                    common &= self.rows[other] & ~(1 << other)
                for a in clique:
                    for b in clique:
                        left[a] &= ~(1 << b)
                cover.append(clique)
        return cover

    def clique(self) -> list[int]:
        """A large clique of classes, greedily from every start."""
        best: list[int] = []
        for start in range(len(self.rows)):
            clique, common = [start], self.rows[start] & ~(1 << start)
            while common:
                other = max(bits(common), key=lambda v: ((self.rows[v] & common).bit_count(), -v))
                clique.append(other)
                common &= self.rows[other] & ~(1 << other)
            if len(clique) > len(best):
                best = clique
        return best

    def bound(self) -> int:
        """The larger of the continuous bound and a greedy clique, component by component."""
        total = 0
        for part, _ in self.components():
            continuous = max((-(-load // c) for load, c in zip(part.loads, part.capacity, strict=True)), default=1)
            total += max(1, continuous, len(part.clique()))
        return total

    def fault(self, packing: Packing) -> str | None:
        """What is wrong with a packing, if anything is."""
        left = list(self.demand)
        for kind, (_, most) in enumerate(self.kinds):
            if most is not None and sum(bin.kind == kind for bin in packing) > most:
                return "more bins of a kind than there are"
        for bin in packing:
            for item, copies in bin.items():
                if copies < 1:
                    return f"{copies} copies"
                left[item] -= copies
            for q, capacity in enumerate(self.kinds[bin.kind].capacity):
                if sum(copies * self.sizes[item][q] for item, copies in bin.items()) > capacity:
                    return "a bin is overfull"
            inside = 0
            for item, copies in bin.items():
                vertex = self.classes[item]
                again = inside >> vertex & 1 or copies > 1
                if self.rows[vertex] & inside & ~(1 << vertex) or (again and self.rows[vertex] >> vertex & 1):
                    return "a conflict in a bin"
                inside |= 1 << vertex
        return None if not any(left) else "not every item once"


def bits(row: int):
    """Indices of the set bits."""
    while row:
        low = row & -row
        yield low.bit_length() - 1
        row ^= low


class FirstFit:
    """Bins filled first fit: each copy goes to the first bin that has room and no conflict.

    A new bin is the roomiest there is: of the kind whose scarcest resource, by what all items take, goes furthest.
    """

    def __init__(self, instance: Instance) -> None:
        """Starts without bins."""
        self.instance = instance
        self.bins: Packing = []
        self.rest: list[list[int]] = []
        self.inside: list[int] = []
        self.left = [kind.most for kind in instance.kinds]
        loads = instance.loads

        def room(kind: int) -> float:
            capacity = instance.kinds[kind].capacity
            return min((c / load for c, load in zip(capacity, loads, strict=True) if load), default=0)

        self.order = sorted(range(len(instance.kinds)), key=lambda kind: (-room(kind), kind))

    def open(self, size: list[int]) -> None:
        """One more bin, that takes an item of this size."""
        for kind in self.order:
            capacity, left = self.instance.kinds[kind].capacity, self.left[kind]
            if left != 0 and all(s <= c for s, c in zip(size, capacity, strict=True)):
                self.left[kind] = None if left is None else left - 1
                self.bins.append(Bin(kind=kind))
                self.rest.append(list(capacity))
                self.inside.append(0)
                return
        raise NoRoom

    def place(self, item: int) -> list[int]:
        """Places all copies of an item; the bins that got some."""
        size, vertex = self.instance.sizes[item], self.instance.classes[item]
        row, itself = self.instance.rows[vertex], self.instance.rows[vertex] >> vertex & 1
        left, at = self.instance.demand[item], 0
        touched = []
        while left:
            if at == len(self.bins):
                self.open(size)
            if not self.inside[at] & row:
                fits = min((r // s for r, s in zip(self.rest[at], size, strict=True) if s), default=left)
                copies = min(fits, left, 1 if itself else left)
                if copies:
                    self.bins[at][item] = self.bins[at].get(item, 0) + copies
                    self.rest[at] = [r - copies * s for r, s in zip(self.rest[at], size, strict=True)]
                    self.inside[at] |= 1 << vertex
                    left -= copies
                    touched.append(at)
            at += 1
        return touched


def first_fit(instance: Instance, order: list[int]) -> Packing:
    """Copies in this order of their types, each into the first bin that takes it."""
    packing = FirstFit(instance)
    for item in order:
        packing.place(item)
    return packing.bins


def best(*ways) -> Packing:
    """The packing with the fewest bins; NoRoom where none of the ways finds one."""
    found = []
    for way in ways:
        try:
            found.append(way())
        except NoRoom:
            continue
    if not found:
        raise NoRoom
    return min(found, key=len)


def decreasing(instance: Instance) -> Packing:
    """First fit decreasing by the largest share of any resource, or by the sum of the shares; the better one."""

    capacity = instance.capacity
    shares = [[s / c for s, c in zip(size, capacity, strict=True)] for size in instance.sizes]

    def key(fold):
        return sorted(range(len(shares)), key=lambda item: (-fold(shares[item]), item))

    return best(lambda: first_fit(instance, key(max)), lambda: first_fit(instance, key(sum)))


def saturation(instance: Instance) -> Packing:
    """DSATUR (Brelaz 1979): next the class whose neighbours are in most bins, larger degree first; then first fit."""
    degree = [row.bit_count() for row in instance.rows]
    of_class: list[list[int]] = [[] for _ in instance.rows]
    for item, vertex in enumerate(instance.classes):
        of_class[vertex].append(item)
    capacity = instance.capacity
    for items in of_class:
        items.sort(key=lambda item: -max(s / c for s, c in zip(instance.sizes[item], capacity, strict=True)))
    packing = FirstFit(instance)
    seen = [0] * len(degree)
    waiting = {vertex for vertex, items in enumerate(of_class) if items}
    while waiting:
        vertex = max(waiting, key=lambda v: (seen[v].bit_count(), degree[v], -v))
        waiting.remove(vertex)
        for item in of_class[vertex]:
            for at in packing.place(item):
                for other in bits(instance.rows[vertex]):
                    seen[other] |= 1 << at
    return packing.bins
