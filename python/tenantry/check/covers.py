"""Is there a bin heavier than a limit, where conflicts rule? Cliques cover anew what each partial bin can still hold.

Weights are given to cliques such that no item is worth more than those it is in. Together they bound what a bin adds,
which holds one item type of each (Babel 1994; Held, Cook and Sewell 2012, section 4). A cover of less than what is
missing leaves items over: a bin that reaches the weight holds one of them, and the search branches on these alone.
"""

from __future__ import annotations

from bisect import bisect_right

from .problem import ones
from .reading import Budget


class TooLongError(Exception):
    """A part of the search that deserves bounds of its own, or is not worth more steps."""


class Covers:
    """A search among items by their position; ``steps`` are those it may take."""

    def __init__(
        self, friends: list[int], copies: list[int], sizes: list[list[int]], weights: list[list[int]], budget: Budget
    ) -> None:
        """``friends``: the later positions that each goes with. ``weights``: of each kind, position by position."""
        self.copies = copies
        self.sizes = sizes
        self.weights = weights
        self.budget = budget
        self.steps: int = 0
        count = len(friends)
        self.rows: list[int] = [0] * count  # the positions that each conflicts with
        for position, others in enumerate(friends):
            apart = ((1 << count) - (2 << position)) & ~others
            self.rows[position] |= apart
            for other in ones(apart):
                self.rows[other] |= 1 << position
        self.bits: list[int] = [1 << position for position in range(count)]
        self.several: int = sum(1 << position for position, most in enumerate(copies) if most > 1)
        self.whole: list[list[int]] = [[it * most for it, most in zip(kind, copies, strict=True)] for kind in weights]
        self.weighing: list[int] = [sum(1 << at for at, it in enumerate(kind) if it > 0) for kind in weights]
        # in each resource: sizes ascending, and behind each of them the positions of so many of the smallest
        self.fitting: list[tuple[list[int], list[int]]] = []
        for q in range(len(sizes[0]) if sizes else 0):
            order = sorted(range(count), key=lambda at: sizes[at][q])
            sets = [0]
            for at in order:
                sets.append(sets[-1] | 1 << at)
            self.fitting.append(([sizes[at][q] for at in order], sets))

    def extend(
        self, allowed: int, residual: list[int], missing: list[int], deepest: int
    ) -> list[tuple[int, int]] | None:
        """What to add to a bin so that nothing is missing, by position; TooLongError when the steps are over."""
        kind = next((kind for kind, lack in enumerate(missing) if lack > 0), None)
        if kind is None:
            return []
        if deepest < 0:
            raise TooLongError
        for room, (sizes, sets) in zip(residual, self.fitting, strict=True):
            allowed &= sets[bisect_right(sizes, room)]
        left = self.whole[kind].copy()
        for position in ones(allowed & self.several):
            left[position] = self.weights[kind][position] * self.room_for(position, residual)
        over, looked_at = self.cover(allowed & self.weighing[kind], left, missing[kind] - 1)
        steps = 1 + looked_at // 32
        self.budget.spend(steps)
        self.steps -= steps
        if self.steps < 0:
            raise TooLongError
        allowed ^= over
        while over:
            bit = over & -over
            over ^= bit
            position = bit.bit_length() - 1
            size = self.sizes[position]
            for taken in range(self.room_for(position, residual), 0, -1):
                rest = [room - one * taken for room, one in zip(residual, size, strict=True)]
                lack = [lack - kind[position] * taken for lack, kind in zip(missing, self.weights, strict=True)]
                found = self.extend(allowed & ~self.rows[position], rest, lack, deepest - 1)
                if found is not None:
                    return [(position, taken), *found]
            allowed |= bit
        return None

    def room_for(self, position: int, residual: list[int]) -> int:
        """How many copies fit."""
        most = self.copies[position]
        if most == 1:
            return 1  # it is among those that fit
        return min([most, *(room // one for one, room in zip(self.sizes[position], residual, strict=True) if one)])

    def cover(self, over: int, left: list[int], most: int) -> tuple[int, int]:
        """Gives cliques weights of ``most`` together. Who is not covered, and how many were looked at.

        ``left`` is what each weighs, less what is covered.
        """
        rows, bits, looked_at = self.rows, self.bits, 0
        while over:
            first = over.bit_length() - 1
            clique = [first]
            least = left[first]
            common = over & rows[first]
            while common:  # the highest first: of a long integer that is had at once
                other = common.bit_length() - 1
                clique.append(other)
                if left[other] < least:  # noqa: PLR1730 (a call takes half as long again)
                    least = left[other]
                common &= rows[other]
            looked_at += len(clique)
            if least > most:
                break
            most -= least
            for position in clique:
                if left[position] == least:
                    over ^= bits[position]
                else:
                    left[position] -= least
        return over, looked_at
