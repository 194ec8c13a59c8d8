"""The problem where charges do not count: what only these tell apart is one."""

from __future__ import annotations

from .problem import Bin, Item, Problem, Terms
from .reading import Budget

Mark = tuple[tuple[int, ...], int, int, tuple[bool, ...], bool, tuple[int, ...]]
Key = tuple[int, tuple[int, ...], tuple[int, ...], int]


def united(problem: Problem, budget: Budget) -> Problem:
    """Bin types with a maximum count that nothing else tells apart are one, in the place of the first; then item types.

    Item types follow in the order of class, size and bin types.
    """
    terms = problem.terms
    lists: dict[tuple[int, ...], int] = {}
    list_of: list[int] = []
    for item in problem.items:
        budget.spend(1 + len(item.size) + len(problem.bins) // 64)
        list_of.append(lists.setdefault(tuple(item.eligible), len(lists)))
    open_to: list[list[int]] = [[] for _ in problem.bins]
    for bins, number in lists.items():
        budget.spend(len(bins))
        for bin in bins:
            open_to[bin].append(number)
    places: dict[Mark, int] = {}
    bin_of: list[int] = []
    one = Problem(problem.dimensions, [], [], problem.conflicts, Terms(most=terms.most))
    for index, kind in enumerate(problem.bins):
        limits = tuple(index in group for group, _ in terms.limits)
        apart = index if kind.max_count is None else -1
        mark = (tuple(kind.capacity), kind.cost, apart, limits, problem.kept(index) > 0, tuple(open_to[index]))
        place = places.setdefault(mark, len(places))
        bin_of.append(place)
        if place == len(one.bins):
            one.bins.append(Bin(kind.capacity, kind.cost, kind.max_count))
            one.terms.kept.append(problem.kept(index))
        else:
            one.bins[place].max_count = (one.bins[place].max_count or 0) + (kind.max_count or 0)
            one.terms.kept[place] += problem.kept(index)
    for group, most in terms.limits:
        one.terms.limits.append((sorted({bin_of[bin] for bin in group}), most))
    open_lists = {number: tuple(sorted({bin_of[bin] for bin in bins})) for bins, number in lists.items()}
    types: dict[Key, tuple[int, int | None]] = {}
    for index, (item, number) in enumerate(zip(problem.items, list_of, strict=True)):
        unit = problem.unit(index)
        key = (item.klass, tuple(item.size), open_lists[number], -1 if unit is None else index)
        types[key] = (types.get(key, (0, None))[0] + item.demand, unit)
    for key in sorted(types):
        (klass, size, eligible, _), (demand, unit) = key, types[key]
        one.items.append(Item(list(size), demand, klass, list(eligible)))
        one.terms.units.append(unit)
    if not any(one.terms.kept):
        one.terms.kept = []
    if all(unit is None for unit in one.terms.units):
        one.terms.units = []
    return one
