"""Instances as `table --export` writes them, what every peer is given, and the check of what it returns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

Packing = list[dict[int, int]]
"""Bins; each maps an item type to the copies in it."""


@dataclass
class Instance:
    name: str
    capacity: list[int]
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
        return cls(data["name"], data["capacity"], sizes, demand, classes, rows)

    @property
    def unit(self) -> bool:
        """Every item its own class, one copy each: then sizes may count as conflicts too."""
        return max(self.demand) == 1 and len(set(self.classes)) == len(self.classes)

    def strengthened(self) -> Instance:
        """The same with a conflict where two items do not fit together; only where every item is its own class."""
        if not self.unit or self.classes != list(range(len(self.sizes))):
            return self
        sizes = self.sizes
        rows = list(self.rows)
        for a, size in enumerate(sizes):
            for b in range(a):
                if any(x + y > c for x, y, c in zip(size, sizes[b], self.capacity, strict=True)):
                    rows[a] |= 1 << b
                    rows[b] |= 1 << a
        return Instance(self.name, self.capacity, sizes, [1] * len(sizes), list(range(len(sizes))), rows)

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
        return Instance(self.name, self.capacity, sizes, [1] * len(of), list(range(len(of))), rows), of

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
                self.capacity,
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
            loads = [
                sum(d * s[q] for d, s in zip(part.demand, part.sizes, strict=True)) for q in range(len(part.capacity))
            ]
            continuous = max((-(-load // c) for load, c in zip(loads, part.capacity, strict=True)), default=1)
            total += max(1, continuous, len(part.clique()))
        return total

    def fault(self, packing: Packing) -> str | None:
        """What is wrong with a packing, if anything is."""
        left = list(self.demand)
        for bin in packing:
            for item, copies in bin.items():
                if copies < 1:
                    return f"{copies} copies"
                left[item] -= copies
            for q, capacity in enumerate(self.capacity):
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
    """Bins filled first fit: each copy goes to the first bin that has room and no conflict."""

    def __init__(self, instance: Instance) -> None:
        """Starts without bins."""
        self.instance = instance
        self.bins: Packing = []
        self.rest: list[list[int]] = []
        self.inside: list[int] = []

    def place(self, item: int) -> list[int]:
        """Places all copies of an item; the bins that got some."""
        size, vertex = self.instance.sizes[item], self.instance.classes[item]
        row, itself = self.instance.rows[vertex], self.instance.rows[vertex] >> vertex & 1
        left, at = self.instance.demand[item], 0
        touched = []
        while left:
            if at == len(self.bins):
                self.bins.append({})
                self.rest.append(list(self.instance.capacity))
                self.inside.append(0)
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


def decreasing(instance: Instance) -> Packing:
    """First fit decreasing by the largest share of any resource, or by the sum of the shares; the better one."""

    def key(fold):
        shares = [[s / c for s, c in zip(size, instance.capacity, strict=True)] for size in instance.sizes]
        return sorted(range(len(shares)), key=lambda item: (-fold(shares[item]), item))

    return min((first_fit(instance, key(fold)) for fold in (max, sum)), key=len)


def saturation(instance: Instance) -> Packing:
    """DSATUR (Brelaz 1979): next the class whose neighbours are in most bins, larger degree first; then first fit."""
    degree = [row.bit_count() for row in instance.rows]
    of_class: list[list[int]] = [[] for _ in instance.rows]
    for item, vertex in enumerate(instance.classes):
        of_class[vertex].append(item)
    for items in of_class:
        items.sort(key=lambda item: -max(s / c for s, c in zip(instance.sizes[item], instance.capacity, strict=True)))
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
