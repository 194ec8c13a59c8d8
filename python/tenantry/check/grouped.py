"""Is there a feasible bin heavier than a limit, where a bin holds few groups and each takes some of its room?

Groups are taken in turn. For each resource alone a table says how much the groups from one on weigh at most, by the
groups and the room that are left: with one resource and no conflict that decides. Else a search over copies follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from .heaviest import DEEPEST, Candidate, room_for
from .reading import Budget, UndecidedError

ENTRIES = 2**22  # of all tables together


@dataclass
class Rule:
    """What a bin asks of the groups in it."""

    groups: list[int | None]  # of each candidate
    most: int | None  # groups in a bin
    once: dict[int, list[int]]  # what a group takes
    openings: dict[int, int]  # what a group weighs; where it is missing: nothing


@dataclass
class Table:
    """``rows[n]`` is of the n-th candidate in order, its group open; ``ahead[k]`` of the k-th group, not yet open.

    Each is a list by groups left of lists by room left.
    """

    capacity: int
    width: int
    rows: list[list[list[int]]]
    ahead: list[list[list[int]]]

    def steps(self, amount: int) -> int:
        """Rounded down: what fits still does."""
        return amount if self.capacity <= self.width else amount * self.width // self.capacity


@dataclass
class Turn:
    """The candidates of one group: from a position to before another."""

    start: int
    end: int
    opens: int
    once: list[int]
    opening: int  # what it weighs with the first item of it


@dataclass
class Partial:
    """A bin in the making."""

    left: int  # groups that it may take
    room: list[int]
    lacking: int  # weight
    held: list[tuple[int, int]]  # position, copies


def heavier_grouped(
    candidates: list[Candidate], rule: Rule, capacity: list[int], limit: int, budget: Budget
) -> list[tuple[int, int]] | None:
    """The content of a feasible bin heavier than the limit as (item, copies); None if there is none."""
    opened = sum(rule.openings.get(group, 0) for group in {group for group in rule.groups if group is not None})
    if sum(one.weight * one.copies for one in candidates) + opened <= limit:
        return None
    return Search(candidates, rule, capacity, budget).run(capacity, limit + 1)


class Search:
    """Copy by copy, group after group; each partial bin leaves room, and lacks some weight."""

    def __init__(self, candidates: list[Candidate], rule: Rule, capacity: list[int], budget: Budget) -> None:
        self.budget = budget
        number = {one.item: -1 if group is None else group for one, group in zip(candidates, rule.groups, strict=True)}
        self.order: list[Candidate] = sorted(candidates, key=lambda one: number[one.item])
        self.turns: list[Turn] = []
        for position, one in enumerate(self.order):
            group = number[one.item]
            if position > 0 and number[self.order[position - 1].item] == group:
                self.turns[-1].end = position + 1
            else:
                once = [0] * len(capacity) if group < 0 else rule.once[group]
                self.turns.append(Turn(position, position + 1, int(group >= 0), once, rule.openings.get(group, 0)))
        distinct = sum(turn.opens for turn in self.turns)
        self.left: int = distinct if rule.most is None else min(rule.most, distinct)
        if self.left == distinct:  # they need not be counted
            self.left = 0
            for turn in self.turns:
                turn.opens = 0
        numbers = (len(self.order) + len(self.turns) + 1) * (self.left + 1) * max(len(capacity), 1)
        widest = max(ENTRIES // numbers, 2)
        self.tables: list[Table] = [self.table(q, room, min(room, widest)) for q, room in enumerate(capacity)]

    def run(self, capacity: list[int], lacking: int) -> list[tuple[int, int]] | None:
        """The content of a bin that lacks nothing."""
        found = self.ahead(0, Partial(self.left, capacity, lacking, []))
        return None if found is None else [(self.order[position].item, copies) for position, copies in found]

    def table(self, q: int, capacity: int, width: int) -> Table:
        """The table of a resource, last group first."""
        end = [[0] * (width + 1) for _ in range(self.left + 1)]
        ahead: list[list[list[int]]] = [[] for _ in self.turns]
        table = Table(capacity, width, [[] for _ in self.order], [*ahead, end])
        for number in reversed(range(len(self.turns))):
            turn = self.turns[number]
            layers = table.ahead[number + 1]
            for position in reversed(range(turn.start, turn.end)):
                one = self.order[position]
                layers = [self.with_copies(one, table.steps(one.size[q]), layer) for layer in layers]
                table.rows[position] = layers
            taken = table.steps(turn.once[q])
            own = [list(layer) for layer in table.ahead[number + 1]]
            for left in range(turn.opens, self.left + 1):
                opened = layers[left - turn.opens]
                best = own[left]
                own[left] = best[:taken] + [
                    max(x, y + turn.opening) for x, y in zip(best[taken:], opened, strict=False)
                ]
            table.ahead[number] = own
        return table

    def with_copies(self, one: Candidate, size: int, later: list[int]) -> list[int]:
        """What comes later and as many copies as are worth their room."""
        if size == 0:
            self.budget.spend(len(later))
            return [value + one.copies * one.weight for value in later]
        best = later
        for copies in range(1, min(one.copies, (len(later) - 1) // size) + 1):
            self.budget.spend(len(later))
            start, added = copies * size, copies * one.weight
            best = best[:start] + [max(x, y + added) for x, y in zip(best[start:], later, strict=False)]
        return best

    def promised(self, tables: list[list[list[int]]], bin: Partial, lacking: int) -> bool:
        """Whether no table shows that too little comes later."""
        rows = zip(self.tables, tables, bin.room, strict=True)
        return all(rows_of[bin.left][table.steps(free)] >= lacking for table, rows_of, free in rows)

    def ahead(self, first: int, bin: Partial) -> list[tuple[int, int]] | None:
        """From this group on, none of them open."""
        if bin.lacking <= 0:
            return bin.held
        for number in range(first, len(self.turns)):
            self.budget.spend(1 + len(bin.room))
            if not self.promised([table.ahead[number] for table in self.tables], bin, bin.lacking):
                return None
            turn = self.turns[number]
            inner = [free - size for free, size in zip(bin.room, turn.once, strict=True)]
            if turn.opens > bin.left or min(inner, default=0) < 0:
                continue
            entered = Partial(bin.left - turn.opens, inner, bin.lacking, bin.held)
            found = self.open(number, turn.start, turn.opening, entered)
            if found is not None:
                return found
        return None

    def open(self, number: int, first: int, opening: int, bin: Partial) -> list[tuple[int, int]] | None:
        """From this position on, its group open; it weighs ``opening`` with the first item of it that is taken."""
        if bin.lacking <= 0:
            return bin.held
        if len(bin.held) > DEEPEST:
            raise UndecidedError
        for position in range(first, self.turns[number].end):
            self.budget.spend(1 + len(bin.room) + len(bin.held))
            if not self.promised([table.rows[position] for table in self.tables], bin, bin.lacking - opening):
                return None
            one = self.order[position]
            if any(one.conflicts >> self.order[other].item & 1 for other, _ in bin.held):
                continue
            for copies in range(room_for(one, bin.room), 0, -1):
                self.budget.spend(1)
                inner = [free - size * copies for free, size in zip(bin.room, one.size, strict=True)]
                lacking = bin.lacking - one.weight * copies - opening
                more = Partial(bin.left, inner, lacking, [*bin.held, (position, copies)])
                found = self.open(number, position + 1, 0, more)
                if found is not None:
                    return found
        return self.ahead(number + 1, bin)
