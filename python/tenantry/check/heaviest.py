"""Is there a feasible bin heavier than a limit? Branch and bound; the bounds are knapsacks over cliques.

Where those decide nothing, and conflicts rule, the search by ``covers`` may; where many resources bind and few items
fill a bin, the search by what ``fits``.

Perhaps the bin must be heavy in other weights, too: each of those has a floor that it must reach. A bin that reaches
them all still does with more items in it, so a search that adds items until nothing is missing finds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import gcd

from .covers import Covers, TooLongError
from .fits import Fits
from .packed import Rows, lots
from .problem import ones
from .reading import Budget, UndecidedError

DEEPEST = 150  # item types in a bin that the search builds one by one
TABLE = 2_000_000  # numbers in the tables of all kinds at once
TABLE_EXACT = 24_000_000  # numbers in those to the last unit, which come where rounded ones decide nothing
EXACT = 4096  # the largest capacity that a table keeps to the last unit from the first
WIDEST = 32_768  # and once rounded ones have decided nothing
MANY = 5  # with fewer resources that bind, tables say enough for a search by what fits to be of no use
FEW = 8  # items in a bin for that search
FITTED = 1_000  # items for it: of each pair it takes a bit for each other
COVERED = 5_000  # items for which covers are tried: each takes a bit for each other


@dataclass
class Candidate:
    """An item that may stand in the bin: it fits alone. ``conflicts`` is a bit set over the candidates' ``item``.

    ``others`` are its weights of the other kinds, one a floor.
    """

    weight: int
    copies: int
    size: list[int]
    conflicts: int
    item: int
    others: list[int] = field(default_factory=list)

    def weights(self) -> list[int]:
        """The weights of all kinds."""
        return [self.weight, *self.others]


def heavier(
    candidates: list[Candidate], capacity: list[int], limit: int, budget: Budget, floors: Sequence[int] = ()
) -> list[tuple[int, int]] | None:
    """The content of a feasible bin heavier than the limit as (item, copies); None if there is none.

    It reaches every floor in the candidates' other weights.
    """
    return Search(budget).solve(candidates, capacity, [limit + 1, *floors], 0)


def room_for(candidate: Candidate, residual: list[int]) -> int:
    """How many copies fit."""
    return min([candidate.copies, *(room // size for size, room in zip(candidate.size, residual, strict=True) if size)])


def by_price(pool: list[Candidate], copies: dict[int, int], kind: int, q: int, room: int) -> int:
    """At least what a bin weighs that has so much room in resource q.

    Any price of the resource proves one: what the room is worth, and all by which copies weigh more than they are
    worth. The best is that of the item at which the room ends, if those that weigh most for their size come first.
    """
    rows = [(one.weights()[kind], one.size[q], copies[one.item]) for one in pool]
    sized = [row for row in rows if row[1] > 0]
    load, weight, size = 0, 0, 1  # a price of nothing, if there is room for all
    for heavy, large, most in sorted(sized, key=lambda row: row[0] / row[1], reverse=True):
        load += large * most
        if load > room:
            weight, size = heavy, large
            break
    beyond = sum(most * max(0, heavy * size - weight * large) for heavy, large, most in rows)
    return (weight * room + beyond) // size


def after(missing: list[int], candidate: Candidate, taken: int) -> list[int]:
    """What is missing once so many copies more are in the bin."""
    return [lack - weight * taken for lack, weight in zip(missing, candidate.weights(), strict=True)]


@dataclass
class Table:
    """The most that cliques g, g+1, ... weigh within a load, if each clique gives at most one item type.

    ``rows[kind][g][load]``, for each kind of weight.
    """

    resources: list[int]
    capacity: list[int]
    units: list[int]
    rows: list[list[Sequence[int]]] = field(default_factory=list)

    def load(self, amounts: list[int]) -> int:
        """Units, rounded down: what fits a residual also fits it in units."""
        if len(self.resources) == 1:
            return amounts[self.resources[0]] * self.units[0] // max(self.capacity[0], 1)
        return sum(
            amounts[q] * units // max(capacity, 1)
            for q, capacity, units in zip(self.resources, self.capacity, self.units, strict=True)
        )

    def fill(self, cliques: list[list[Candidate]], kind: int, copies: dict[int, int], budget: Budget) -> None:
        """Adds the rows of the next kind, last clique first."""
        width = sum(self.units)
        weights = {one.item: max(0, one.weights()[kind]) for clique in cliques for one in clique}
        rows = Rows(width + 1, sum(weight * copies[item] for item, weight in weights.items()))
        row = 0
        found = [rows.numbers(row)]
        for clique in reversed(cliques):
            best = row
            for candidate in clique:
                size, most, weight = self.load(candidate.size), copies[candidate.item], weights[candidate.item]
                budget.spend(width + 1)
                run = row if size else rows.later(row, 0, most * weight)
                for lot in lots(min(most, width // size)) if size else ():
                    run = rows.larger(run, rows.later(run, lot * size, lot * weight))
                best = rows.larger(best, run)
            row = best
            found.append(rows.numbers(row))
        found.reverse()
        self.rows.append(found)


@dataclass
class Stage:
    """Candidates in the order of their cliques, with what bounds the rest of a bin."""

    order: list[Candidate]
    group: list[int]
    copies: list[int]
    friends: list[int]  # of each position, a bit set over the later positions that it goes with
    cliques: list[list[Candidate]]
    unit: list[int]  # what all sizes in a resource are multiples of
    tables: list[Table] = field(default_factory=list)
    takes: list[list[tuple[int, int]]] = field(default_factory=list)  # of each position, in each bound: load and weight
    patience: int = 200
    refined: bool = False
    covers: Covers | None = None
    binding: int = 0  # resources of which there is not enough for all

    def settle(self) -> None:
        """Once the tables are filled: what a copy of each candidate takes of the bounds."""
        self.takes = [
            [(load, weight) for table in self.tables for load in [table.load(one.size)] for weight in one.weights()]
            for one in self.order
        ]

    def bounds(self, residual: list[int], missing: list[int]) -> list[tuple[list[Sequence[int]], int, int]]:
        """Whatever bounds what the rest of a bin adds: rows over the cliques, the column, what is missing."""
        return [
            (rows, column, lack)
            for table in self.tables
            for column in [table.load(residual)]
            for rows, lack in zip(table.rows, missing, strict=True)
        ]

    def worth_a_look(self, allowed: int, bounds: list[tuple[list[Sequence[int]], int, int]]) -> Iterator[int]:
        """The positions in ``allowed``, ascending, as long as those from there on might add what is missing."""
        while allowed:
            low = allowed & -allowed
            allowed ^= low
            position = low.bit_length() - 1
            if not promising(bounds, self.group[position]):
                return
            yield position

    def promises(self, position: int, residual: list[int], missing: list[int]) -> bool:
        """Whether the candidates from a position on might add what is missing of every kind of weight."""
        return promising(self.bounds(residual, missing), self.group[position])


def promising(bounds: list[tuple[list[Sequence[int]], int, int]], group: int) -> bool:
    """Whether the cliques from this one on might add what is missing."""
    for rows, column, lack in bounds:  # noqa: SIM110 (a generator takes twice the time)
        if rows[group][column] < lack:
            return False
    return True


def worthwhile(
    bounds: list[tuple[list[Sequence[int]], int, int]], group: int, takes: list[tuple[int, int]], copies: int
) -> bool:
    """The same for the cliques after the one of a candidate, once so many copies of it are in the bin."""
    for (rows, column, lack), (load, weight) in zip(bounds, takes, strict=True):
        if rows[group + 1][column - load * copies] < lack - weight * copies:
            return False
    return True


class Search:
    """Branch and bound for "is there a bin heavier than the limit?".

    A partial bin leaves ``residual``, and ``missing`` of each kind of weight; 0 or less is enough.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.steps: int = 0
        self.tabled: int = 0  # what the search by tables took of the budget,
        self.in_vain: int = 0  # and what covers did where they ended nowhere
        self.first: int = 0  # steps within which covers come first: too few for tables, and enough for covers

    def solve(
        self, pool: list[Candidate], residual: list[int], missing: list[int], depth: int
    ) -> list[tuple[int, int]] | None:
        """What to add to a bin so that nothing is missing."""
        if max(missing) <= 0:
            return []
        if depth > DEEPEST:
            raise UndecidedError
        self.budget.spend(len(pool) * (len(missing) + len(residual)) + 1)
        copies = {candidate.item: room_for(candidate, residual) for candidate in pool}
        pool = [candidate for candidate in pool if copies[candidate.item] > 0]
        weights = [candidate.weights() for candidate in pool]
        for kind, wanted in enumerate(missing):
            if sum(weight[kind] * copies[one.item] for weight, one in zip(weights, pool, strict=True)) < wanted:
                return None
            if any(by_price(pool, copies, kind, q, room) < wanted for q, room in enumerate(residual)):
                return None
        stage = self.stage(pool, copies, residual, len(missing))
        fits = self.fits(stage, residual, missing)
        position, before = 0, self.budget.left
        while position < len(stage.order) and stage.promises(position, residual, missing):
            if fits is not None:
                try:
                    return self.by_fits(stage, fits, position, before - self.budget.left - fits.taken)
                except TooLongError:
                    pass
            try:
                found = self.start(stage, position, residual, missing, depth)
            except TooLongError:
                self.refine(stage, residual, len(missing))
                continue
            if found is not None:
                return found
            position += 1
        return None

    def fits(self, stage: Stage, residual: list[int], missing: list[int]) -> Fits | None:
        """A search by what fits, where it may say more than tables."""
        count = len(stage.order)
        if stage.binding < MANY or count > FITTED:
            return None
        self.budget.spend(count * (len(residual) + len(missing)))
        weights = [list(kind) for kind in zip(*(one.weights() for one in stage.order), strict=True)]
        sizes = [one.size for one in stage.order]
        fits = Fits(stage.friends, stage.copies, sizes, weights, room=residual, missing=missing, budget=self.budget)
        return fits if fits.few(FEW) else None

    def by_fits(self, stage: Stage, fits: Fits, position: int, others: int) -> list[tuple[int, int]] | None:
        """What to add from this position on; TooLongError where that takes too long for what all else took."""
        steps = 2 * (others + stage.patience) - fits.taken
        if others < stage.patience // 4 or steps <= fits.taken // 2:  # what tables end at once is theirs
            raise TooLongError
        found = fits.search(position, steps)
        return None if found is None else [(stage.order[at].item, taken) for at, taken in found]

    def start(
        self, stage: Stage, position: int, residual: list[int], missing: list[int], depth: int
    ) -> list[tuple[int, int]] | None:
        """What to add, if that of the lowest position is this; TooLongError: better tables may decide it sooner."""
        candidate = stage.order[position]
        for taken in range(stage.copies[position], 0, -1):
            rest = [room - size * taken for room, size in zip(residual, candidate.size, strict=True)]
            lack = after(missing, candidate, taken)
            try:
                found = self.by_either(stage, stage.friends[position], rest, lack, depth + 1)
            except TooLongError:
                if not stage.refined:
                    raise
                friends = [stage.order[other] for other in ones(stage.friends[position])]
                found = self.solve(friends, rest, lack, depth + 1)
            if found is not None:
                return [(candidate.item, taken), *found]
        return None

    def by_either(
        self, stage: Stage, allowed: int, residual: list[int], missing: list[int], depth: int
    ) -> list[tuple[int, int]] | None:
        """The same within a stage, for the positions in ``allowed``: by tables or by covers, whichever ends sooner."""
        first, self.first = self.first, 0
        if first > 0:
            try:
                self.steps = first
                found = self.by_covers(stage, allowed, residual, missing, depth)
            except TooLongError:
                pass
            else:
                self.first = first
                return found
        before = self.budget.left
        self.steps = stage.patience
        try:
            return self.descend(stage, allowed, residual, missing, depth)
        except TooLongError:
            pass
        finally:
            self.tabled += before - self.budget.left
        tables, before = before - self.budget.left, self.budget.left
        self.steps = self.tabled // 2 - self.in_vain
        found = self.by_covers(stage, allowed, residual, missing, depth)
        if before - self.budget.left <= tables:
            self.first = tables
        return found

    def by_covers(
        self, stage: Stage, allowed: int, residual: list[int], missing: list[int], depth: int
    ) -> list[tuple[int, int]] | None:
        """The same by covers."""
        if stage.covers is None:
            setup = len(stage.order) ** 2 // 16
            if self.steps <= 2 * setup or len(stage.order) > COVERED:
                raise TooLongError
            self.budget.spend(setup)
            weights = [list(kind) for kind in zip(*(one.weights() for one in stage.order), strict=True)]
            sizes = [one.size for one in stage.order]
            stage.covers = Covers(stage.friends, stage.copies, sizes, weights, self.budget)
        before = self.budget.left
        stage.covers.steps = self.steps
        try:
            found = stage.covers.extend(allowed, residual, missing, DEEPEST - depth)
        except TooLongError:
            self.in_vain += before - self.budget.left
            raise
        return None if found is None else [(stage.order[position].item, taken) for position, taken in found]

    def descend(
        self, stage: Stage, allowed: int, residual: list[int], missing: list[int], depth: int
    ) -> list[tuple[int, int]] | None:
        """The same within a stage, for the positions in ``allowed``; raises TooLongError when its patience is over."""
        if max(missing) <= 0:
            return []
        if depth > DEEPEST:
            raise UndecidedError
        self.budget.spend(1)
        bounds = stage.bounds(residual, missing)
        for position in stage.worth_a_look(allowed, bounds):
            self.budget.spend(1)
            candidate = stage.order[position]
            for taken in range(min(stage.copies[position], room_for(candidate, residual)), 0, -1):
                self.steps -= 1
                if self.steps < 0:
                    raise TooLongError
                if not worthwhile(bounds, stage.group[position], stage.takes[position], taken):
                    continue
                rest = [room - size * taken for room, size in zip(residual, candidate.size, strict=True)]
                lack = after(missing, candidate, taken)
                found = self.descend(stage, allowed & stage.friends[position], rest, lack, depth + 1)
                if found is not None:
                    return [(candidate.item, taken), *found]
        return None

    def stage(self, pool: list[Candidate], copies: dict[int, int], residual: list[int], kinds: int) -> Stage:
        """Cliques by descending degree, first fit; then tables for each kind of weight.

        One table a resource that binds, and one for their sum.
        """
        self.budget.spend(len(pool) * len(pool) // 16 + 1)
        everyone = sum(1 << candidate.item for candidate in pool)
        cliques: list[list[Candidate]] = []
        common: list[int] = []
        for candidate in sorted(pool, key=lambda one: (-(one.conflicts & everyone).bit_count(), one.item)):
            for index, bits in enumerate(common):
                if bits >> candidate.item & 1:
                    common[index] &= candidate.conflicts
                    cliques[index].append(candidate)
                    break
            else:
                common.append(candidate.conflicts)
                cliques.append([candidate])
        order = [candidate for clique in cliques for candidate in clique]
        group = [index for index, clique in enumerate(cliques) for _ in clique]
        friends = [0] * len(order)
        for position, candidate in enumerate(order):
            for other in range(position + 1, len(order)):
                if not candidate.conflicts >> order[other].item & 1:
                    friends[position] |= 1 << other
        binding = [
            q
            for q, room in enumerate(residual)
            if sum(candidate.size[q] * copies[candidate.item] for candidate in order) > room
        ]
        unit = [max(1, gcd(*(candidate.size[q] for candidate in order))) for q in range(len(residual))]
        stage = Stage(order, group, [copies[candidate.item] for candidate in order], friends, cliques, unit)
        stage.binding = len(binding)
        for resources in [[q] for q in binding] + ([binding] if len(binding) != 1 else []):
            whole = [residual[q] // unit[q] for q in resources]
            most = max(8, TABLE // kinds // (len(cliques) + 1) // max(1, len(resources)))
            exact = len(resources) == 1 and whole[0] <= min(EXACT, most)
            units = whole if exact else [min(most, 1024 // max(1, len(resources)))] * len(resources)
            capacity = [residual[q] // unit[q] * unit[q] if exact else residual[q] for q in resources]
            self.fill(stage, resources, capacity, units, kinds)
            stage.patience += len(order) * sum(units) * kinds // 64
        stage.settle()
        return stage

    def fill(self, stage: Stage, resources: list[int], capacity: list[int], units: list[int], kinds: int) -> None:
        """One table more."""
        copies = {candidate.item: most for candidate, most in zip(stage.order, stage.copies, strict=True)}
        table = Table(resources, capacity, units)
        for kind in range(kinds):
            table.fill(stage.cliques, kind, copies, self.budget)
        stage.tables.append(table)

    def refine(self, stage: Stage, residual: list[int], kinds: int) -> None:
        """Makes the tables of single resources again, to the last unit, as long as there is memory."""
        stage.refined = True
        left = TABLE_EXACT
        for table in [table for table in stage.tables if len(table.resources) == 1]:
            q = table.resources[0]
            whole = residual[q] // stage.unit[q]
            numbers = (whole + 1) * (len(stage.cliques) + 1) * kinds
            if whole >= WIDEST or table.units == [whole] or numbers > left:
                continue
            left -= numbers
            stage.tables = [other for other in stage.tables if other is not table]
            self.fill(stage, [q], [whole * stage.unit[q]], [whole], kinds)
        stage.settle()
