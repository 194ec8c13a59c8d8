"""Is there a bin heavier than a limit, where many resources bind and few items fill it? A search by what still fits.

A partial bin knows how many items it can take at most, were they the smallest in each resource and in all together.
One of so many must weigh its share of what is missing: the search branches on these alone, and once one of them is
through it enters no bin any more. Sets are the bits of integers; of each pair it is kept who goes with both (forward
checking: Haralick and Elliott 1980).
"""

from __future__ import annotations

from bisect import bisect_right

from .covers import TooLongError
from .problem import ones
from .reading import Budget

PATIENCE = 8  # what is likely to end within so many times the steps allowed goes on
SCALE = 1024  # of the largest room in the sum of all

Found = list[tuple[int, int]] | None


class Fits:
    """A search among items by their position; what is through stays so from one turn to the next."""

    def __init__(
        self,
        friends: list[int],
        copies: list[int],
        sizes: list[list[int]],
        weights: list[list[int]],
        *,
        room: list[int],
        missing: list[int],
        budget: Budget,
    ) -> None:
        """``friends``: the later positions that each goes with. ``weights``: of each kind, position by position."""
        self.budget = budget
        self.count: int = len(copies)
        kind = next((kind for kind, lack in enumerate(missing) if lack > 0), 0)
        # the heaviest first: of the lowest bit all others are further on
        self.order: list[int] = sorted(range(self.count), key=lambda at: -weights[kind][at])
        self.ranks: dict[int, int] = {at: rank for rank, at in enumerate(self.order)}
        self.copies: list[int] = [copies[at] for at in self.order]
        self.several: int = sum(1 << rank for rank, most in enumerate(self.copies) if most > 1)
        self.weights: list[list[int]] = [[of[at] for at in self.order] for of in weights]
        self.share_of: list[int] = [SCALE * max(room, default=0) // max(1, amount) for amount in room]
        self.sizes: list[list[int]] = [self.with_sum(sizes[at]) for at in self.order]
        self.room: list[int] = self.with_sum(room)
        self.missing = missing
        everyone = (1 << self.count) - 1
        self.with_it: list[int] = [everyone] * self.count  # by rank, who does not conflict with it
        for at, others in enumerate(friends):
            for other in ones((1 << self.count) - (2 << at) & ~others):
                self.with_it[self.ranks[at]] &= ~(1 << self.ranks[other])
                self.with_it[self.ranks[other]] &= ~(1 << self.ranks[at])
        # in each resource: sizes ascending, and behind each of them the ranks of so many of the smallest
        self.fitting: list[tuple[list[int], list[int]]] = []
        for q in range(len(room)):
            self.fitting.append(self.sets([size[q] for size in self.sizes]))
        # of each kind: weights negated, ascending, and behind each of them the ranks of so many of the heaviest
        self.heaviest: list[tuple[list[int], list[int]]] = [self.sets([-it for it in of]) for of in self.weights]
        self.smallest: list[list[int]] = []  # in each resource, what so many take at least
        self.pairs: dict[int, list[int]] = {}
        self.allowed: int = everyone
        self.position: int = 0
        self.steps: int = 0  # that are left,
        self.taken: int = 0  # and that all turns took
        self.through: int = 0  # first items

    @staticmethod
    def sets(values: list[int]) -> tuple[list[int], list[int]]:
        """The values ascending, and the sets of so many of the first."""
        order = sorted(range(len(values)), key=values.__getitem__)
        sets = [0]
        for rank in order:
            sets.append(sets[-1] | 1 << rank)
        return [values[rank] for rank in order], sets

    def with_sum(self, amounts: list[int]) -> list[int]:
        """The amounts, and all together in one scale."""
        return [*amounts, sum(amount * often for amount, often in zip(amounts, self.share_of, strict=True))]

    def few(self, most: int) -> bool:
        """Whether no bin holds more items than that."""
        self.smallest = []
        for q in range(len(self.room)):
            sums = [0]
            each = sorted((size[q], copies) for size, copies in zip(self.sizes, self.copies, strict=True))
            for size, copies in each:
                for _ in range(min(copies, most + 2 - len(sums))):
                    sums.append(sums[-1] + size)
            self.smallest.append(sums)
        return self.most(self.room) <= most

    def most(self, room: list[int]) -> int:
        """How many items fit at most."""
        return min(bisect_right(sums, it) for sums, it in zip(self.smallest, room, strict=True)) - 1

    def keep(self, allowed: int, room: list[int]) -> int:
        """Those of them that fit."""
        for (sizes, sets), it in zip(self.fitting, room, strict=False):
            allowed &= sets[bisect_right(sizes, it)]
        return allowed

    def weighing(self, kind: int, least: int) -> int:
        """Those that weigh at least so much."""
        weights, sets = self.heaviest[kind]
        return sets[bisect_right(weights, -least)]

    def pair(self, rank: int) -> list[int]:
        """For each other, who goes with both."""
        found = self.pairs.get(rank)
        if found is None:
            self.count_steps(self.count)
            room = [it - one for it, one in zip(self.room, self.sizes[rank], strict=True)]
            found = [0] * self.count
            fitting = self.keep(self.with_it[rank], room)
            for other in ones(fitting):
                rest = [it - one for it, one in zip(room, self.sizes[other], strict=True)]
                found[other] = self.keep(fitting & self.with_it[other], rest)
            self.pairs[rank] = found
        return found

    def count_steps(self, steps: int) -> None:
        """TooLongError when there are none left."""
        self.budget.spend(steps)
        self.taken += steps
        self.steps -= steps
        if self.steps < 0:
            raise TooLongError

    def search(self, position: int, steps: int) -> Found:
        """What to add to the bin from this position on; TooLongError when the steps are over."""
        for at in range(self.position, position):
            self.allowed &= ~(1 << self.ranks[at])
        self.position = max(self.position, position)
        self.steps = steps
        kind = next((kind for kind, lack in enumerate(self.missing) if lack > 0), None)
        if kind is None:
            return []
        most = self.most(self.room)
        if most <= 0:
            return None
        lately = self.taken // max(1, self.through)
        first = self.allowed & self.weighing(kind, -(-self.missing[kind] // most))
        ahead = first.bit_count()
        for rank in ones(first):
            before = self.taken
            bit = 1 << rank
            found = self.take(rank, self.allowed ^ bit, self.room, self.missing, most=most, chosen=[])
            if found is not None:
                return [(self.order[rank], taken) for rank, taken in found]
            self.allowed ^= bit
            self.through, ahead = self.through + 1, ahead - 1
            # each has fewer to follow it than the one before
            lately = (lately * 7 + self.taken - before) // 8
            likely = lately * ahead // 2
            if self.through >= PATIENCE and likely <= PATIENCE * steps:
                self.steps = max(self.steps, 4 * likely)
        return None

    def take(
        self, rank: int, allowed: int, room: list[int], missing: list[int], *, most: int, chosen: list[int]
    ) -> Found:
        """What to add, if that is copies of this one, and at most so many items in all."""
        size = self.sizes[rank]
        fit = min([most, self.copies[rank], *(it // one for it, one in zip(room, size, strict=True) if one)])
        for taken in range(fit, 0, -1):
            lacks = [lack - of[rank] * taken for lack, of in zip(missing, self.weights, strict=True)]
            if max(lacks) <= 0:
                return [(rank, taken)]
            if taken == most:
                continue
            rest = [it - one * taken for it, one in zip(room, size, strict=True)]
            found = self.extend(allowed & self.with_it[rank], rest, lacks, most - taken, [*chosen, rank])
            if found is not None:
                return [(rank, taken), *found]
        return None

    def extend(self, allowed: int, room: list[int], missing: list[int], most: int, chosen: list[int]) -> Found:
        """What to add to the partial bin, at most so many items of those allowed."""
        most = min(most, self.most(room))
        self.count_steps(1)
        if most <= 0:
            return None
        allowed = self.keep(allowed, room)
        lacking = [kind for kind, lack in enumerate(missing) if lack > 0]
        for kind in lacking:
            if not allowed & self.weighing(kind, -(-missing[kind] // most)):
                return None
        kind = lacking[0]
        over = allowed & self.weighing(kind, -(-missing[kind] // most))
        if most == 1:
            for rank in ones(over):
                found = self.take(rank, 0, room, missing, most=1, chosen=chosen)
                if found is not None:
                    return found
            return None
        # of those that go with the bin and with one more, some weigh the share of what is missing then
        lack, weights, copies = missing[kind], self.weights[kind], self.copies
        negated, sets = self.heaviest[kind]
        one = self.pair(chosen[0])
        other = self.pair(chosen[1]) if len(chosen) > 1 else one
        looked_at = 0
        while over:
            bit = over & -over
            over ^= bit
            allowed ^= bit
            rank = bit.bit_length() - 1
            looked_at += 1
            lacks = lack - weights[rank]
            if lacks > 0 and copies[rank] == 1:
                heavy = allowed & sets[bisect_right(negated, -lacks // (most - 1))]
                if not heavy and len(missing) == 1 and not over & self.several:
                    break  # whoever is next weighs less, and leaves fewer
                if not heavy & one[rank] & other[rank]:
                    continue
            found = self.take(rank, allowed, room, missing, most=most, chosen=chosen)
            if found is not None:
                return found
        self.count_steps(looked_at)
        return None
