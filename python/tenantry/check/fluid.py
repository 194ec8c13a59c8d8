"""Fluid classes: whether a bin of sand passes a limit, whatever compatible classes share it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .reading import Budget, UndecidedError

MOST_CLASSES = 1 << 12
MOST_PRICES = 64  # unions that weigh less than nothing: each doubles the work at worst


@dataclass
class Kind:
    """A class as a bin of one type sees it."""

    all: list[int]  # all there is of it that fits the bin, one a dimension
    prices: list[int]  # what a unit weighs
    presence: int  # what a bin weighs that holds one of it
    friends: set[int]  # the classes that may share a bin with it
    unions: set[int] = field(default_factory=set[int])  # the unions that it is of


@dataclass
class Search:
    """For classes that weigh more than a limit together."""

    kinds: list[Kind]
    unions: list[int]  # what a bin weighs that holds one of each
    capacity: list[int]
    limit: int
    budget: Budget
    found: list[int] = field(default_factory=list[int])

    def sand(self, chosen: list[int]) -> int:
        """What the sand of these classes weighs in a full bin: a fractional knapsack a resource."""
        weight = 0
        for q, room in enumerate(self.capacity):
            left = room
            for kind in sorted(chosen, key=lambda kind: -self.kinds[kind].prices[q]):
                taken = min(left, self.kinds[kind].all[q])
                weight += taken * self.kinds[kind].prices[q]
                left -= taken
        return weight

    def value(self, chosen: list[int]) -> int:
        """The same, with what it weighs that they are there; the prices of unions are paid before."""
        held = set[int]().union(*(self.kinds[kind].unions for kind in chosen))
        unions = sum(max(self.unions[union], 0) for union in held)
        return self.sand(chosen) + sum(self.kinds[kind].presence for kind in chosen) + unions

    def most(self, adds: list[tuple[int, int]]) -> int:
        """The most that compatible ones of these add: one of each group that has no two who may share a bin."""
        groups: list[list[int]] = []
        total = 0
        for more, kind in adds:
            self.budget.spend(1 + len(groups))
            friends = self.kinds[kind].friends
            group = next((group for group in groups if friends.isdisjoint(group)), None)
            if group is None:
                groups.append([kind])
                total += more  # the first of a group adds the most of it
            else:
                group.append(kind)
        return total

    def pays(self, union: int, rest: list[int]) -> bool:
        """Whether some of these pass the limit; from this union on each that has a price is paid or left out."""
        while union < len(self.unions) and self.unions[union] >= 0:
            union += 1
        if union == len(self.unions):
            return self.passes([], rest)
        self.budget.spend(1 + len(rest))
        without = [kind for kind in rest if union not in self.kinds[kind].unions]
        if len(without) < len(rest):
            self.limit -= self.unions[union]
            if self.pays(union + 1, rest):
                return True
            self.limit += self.unions[union]
        return self.pays(union + 1, without)

    def passes(self, chosen: list[int], rest: list[int]) -> bool:
        """Whether these classes pass the limit, perhaps with some of the rest."""
        value = self.value(chosen)
        if chosen and value > self.limit:
            self.found = chosen
            return True
        self.budget.spend(1 + len(rest) * (1 + len(chosen)) * len(self.capacity) + len(self.unions))
        # what a class adds only falls as others are there
        worth = [(self.value([*chosen, kind]) - value, kind) for kind in rest]
        adds = sorted(((more, kind) for more, kind in worth if more > 0), key=lambda it: (-it[0], it[1]))
        for at, (_, kind) in enumerate(adds):
            if value + self.most(adds[at:]) <= self.limit:
                return False
            friends = [other for _, other in adds[at + 1 :] if other in self.kinds[kind].friends]
            if self.passes([*chosen, kind], friends):
                return True
        return False


def heavier(kinds: list[Kind], unions: list[int], capacity: list[int], limit: int, budget: Budget) -> list[int] | None:
    """Classes that may share a bin and weigh more than the limit with their unions; ``None``: there are none."""
    if len(kinds) > MOST_CLASSES or sum(weight < 0 for weight in unions) > MOST_PRICES:
        raise UndecidedError
    search = Search(kinds, unions, capacity, limit, budget)
    try:
        found = search.pays(0, list(range(len(kinds))))
    except RecursionError:
        raise UndecidedError from None
    return search.found if found else None
