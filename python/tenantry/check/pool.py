"""All bins that exclusions leave, where they are few: what is below asks of these alone, and searches for none."""

from __future__ import annotations

from collections.abc import Sequence

from .heaviest import Candidate, Search, Stage, after, room_for, worthwhile
from .reading import Budget

MOST = 100_000  # bins
STEPS = 1_000_000  # partial bins that are looked at

Content = dict[int, int]  # item -> copies, at least 1


class TooManyError(Exception):
    """Too many bins, or too many steps to find them."""


def pool(
    candidates: list[Candidate], capacity: list[int], floors: Sequence[int], budget: Budget
) -> list[Content] | None:
    """Every feasible bin that reaches all floors in the candidates' weights; None if they are too many."""
    try:
        return Pool(candidates, capacity, list(floors), budget).found
    except TooManyError:
        return None


def together(bins: list[Content], a: int, b: int, new: int, demand: list[int]) -> list[Content]:
    """The same bins once a copy of a and one of b are the item ``new``; ``demand`` is what is then left of each."""
    one_more: list[Content] = []
    for content in bins:
        if content.get(a, 0) >= (2 if a == b else 1) and b in content:
            joined = {**content, new: 1}
            for item in (a, b):
                joined[item] -= 1
            one_more.append({item: copies for item, copies in joined.items() if copies})
    others = [content for content in bins if all(content.get(item, 0) <= demand[item] for item in (a, b))]
    return others + one_more


def apart(bins: list[Content], a: int, b: int) -> list[Content]:
    """Those that hold no copy of each (a = b: no two)."""
    return [content for content in bins if content.get(a, 0) < (2 if a == b else 1) or b not in content]


def weight(content: Content, weights: list[int]) -> int:
    """What a bin weighs."""
    return sum(weights[item] * copies for item, copies in content.items())


class Pool:
    """Depth first, with the bounds of a stage of the search for a heaviest bin."""

    def __init__(self, candidates: list[Candidate], capacity: list[int], floors: list[int], budget: Budget) -> None:
        self.budget = budget
        self.found: list[Content] = []
        self.steps: int = 0
        copies = {one.item: room_for(one, capacity) for one in candidates}
        inside = [one for one in candidates if copies[one.item] > 0]
        search = Search(budget)
        self.stage: Stage = search.stage(inside, copies, capacity, len(floors))
        search.refine(self.stage, capacity, len(floors))
        self.extend({}, (1 << len(inside)) - 1, capacity, floors)

    def extend(self, content: Content, allowed: int, residual: list[int], missing: list[int]) -> None:
        """Adds to the bin whatever may stand in it, in the order of the stage."""
        stage = self.stage
        self.budget.spend(1)
        self.steps += 1
        if content and max(missing) <= 0:
            self.found.append(content)
        if len(self.found) > MOST or self.steps > STEPS:
            raise TooManyError
        bounds = stage.bounds(residual, missing)
        for position in stage.worth_a_look(allowed, bounds):
            candidate = stage.order[position]
            for taken in range(1, min(stage.copies[position], room_for(candidate, residual)) + 1):
                if not worthwhile(bounds, stage.group[position], stage.takes[position], taken):
                    continue
                rest = [room - size * taken for room, size in zip(residual, candidate.size, strict=True)]
                lack = after(missing, candidate, taken)
                self.extend({**content, candidate.item: taken}, allowed & stage.friends[position], rest, lack)
