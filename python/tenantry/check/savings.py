"""A claim on the moves by what bins save. ``docs/certificate.md`` says why that is sound.

A copy that is charged less than its item type is at most *saves* the rest. The moves are all that could be charged less
what the bins save; no bin saves more than what a search finds, and no choice of bins more together than prices show.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any

from .heaviest import Candidate, heavier, room_for
from .problem import Problem
from .reading import Budget, RefutedError, UnreadableError, integer, integers, is_object, record, sequence
from .turns import Turn, check_named, check_tree, turned

NODES = {
    "prices": ("scale", "clusters", "cost", "resources", "limits", "path"),
    "branch": ("bins", "most", "few", "many"),
}


@dataclass
class Savings:
    """The most that a bin of each type saves, and a tree over the numbers of bins."""

    most: list[int]
    nodes: list[dict[str, Any]]


def read_savings(value: Any, place: str) -> Savings:
    """The savings of a claim; checks the shape of the nodes, not what they say."""
    most, nodes = record(value, place, "most", "nodes")
    for index, node in enumerate(sequence(nodes, place)):
        where = f"{place}.nodes[{index}]"
        kind = node.get("kind") if is_object(node) else None
        if not isinstance(kind, str) or kind not in NODES:
            raise UnreadableError(f"{where}: the kind of node is not known")
        record(node, where, "kind", *NODES[kind])
        for key in NODES[kind]:
            (integers if key in ("resources", "limits", "path", "bins") else integer)(node[key], where)
    return Savings(integers(most, place), nodes)


def check_savings(
    problem: Problem, savings: Savings, bound: int, *, held: dict[str, int | None], place: str, budget: Budget
) -> None:
    """No plan whose values are at most those held is charged less than the bound."""
    if len(savings.most) != len(problem.bins):
        raise RefutedError(f"{place}.most", "one saving a bin type is needed")
    tops = [max([base, *other.values()]) for base, other in problem.terms.charges]
    for bin, items in savers(problem, tops).items():
        budget.spend(len(items) + 1)
        if problem.exists(bin) and not within(problem, bin, items, savings.most[bin], budget):
            raise RefutedError(f"{place}.most", f"a bin of type {bin} may save more than {savings.most[bin]}")
    everything = sum(top * item.demand for top, item in zip(tops, problem.items, strict=False))
    tree = Counts(problem, savings, bound - everything, problem.least(), held, place, budget)
    tree.check()


def savers(problem: Problem, tops: list[int]) -> dict[int, list[tuple[int, int]]]:
    """For each bin type the item types that fit it and save something there, with what a copy saves."""
    found: dict[int, list[tuple[int, int]]] = {}
    for item, ((base, other), top) in enumerate(zip(problem.terms.charges, tops, strict=True)):
        for bin in range(len(problem.bins)) if base < top else other:
            saves = top - other.get(bin, base)
            rooms = zip(problem.items[item].size, problem.bins[bin].capacity, strict=True)
            if saves > 0 and bin in problem.items[item].eligible and all(size <= room for size, room in rooms):
                found.setdefault(bin, []).append((item, saves))
    return found


def within(problem: Problem, bin: int, items: list[tuple[int, int]], limit: int, budget: Budget) -> bool:
    """Whether no feasible bin of a type saves more than the limit by these items.

    As long as what one resource has room for might save more: of two classes that conflict a bin lacks one of them.
    """
    capacity = problem.bins[bin].capacity
    groups: dict[tuple[int, int], list[Candidate]] = {}  # copies of one class that may share go together
    for item, saves in items:
        kind, alone = problem.items[item], problem.conflict(item, item)
        one = Candidate(saves, 1 if alone else kind.demand, kind.size, 0, item)
        groups.setdefault((kind.klass, item if alone else -1), []).append(one)
    members = list(groups.values())
    worth = [sum(one.weight * one.copies for one in group) for group in members]
    clash = [[problem.conflict(a[0].item, b[0].item) for b in members] for a in members]
    waiting = [list(range(len(members)))]
    while waiting:
        inside = waiting.pop()
        budget.spend(len(items) * (1 + len(capacity)) + len(inside) ** 2 + 1)
        pool = [one for group in inside for one in members[group]]
        if at_most(pool, capacity) <= limit:
            continue
        pairs = [(a, b) for place, a in enumerate(inside) for b in inside[:place] if clash[a][b]]
        if pairs:
            pair = max(pairs, key=lambda two: min(worth[two[0]], worth[two[1]]))
            waiting += [[group for group in inside if group != lacking] for lacking in pair]
        elif heavier(pool, capacity, limit, budget) is not None:
            return False
    return True


def at_most(pool: list[Candidate], capacity: list[int]) -> int:
    """At least what a bin of these weighs, conflicts aside: what each resource has room for, copies divisible."""
    copies = {one.item: room_for(one, capacity) for one in pool}
    least = sum(one.weight * copies[one.item] for one in pool)
    for q, room in enumerate(capacity):
        total = loaded = 0
        order = sorted(pool, key=lambda one: (one.size[q] > 0, -one.weight / max(1, one.size[q])))
        for one in order:
            loaded += one.size[q] * copies[one.item]
            if loaded > room:
                # any price of the resource proves a bound; in whole numbers this one does whatever the order
                total = priced(pool, copies, (q, room), one)
                break
            total += one.weight * copies[one.item]
        least = min(least, total)
    unit = gcd(*(one.weight for one in pool)) or 1
    return least // unit * unit


def priced(pool: list[Candidate], copies: dict[int, int], resource: tuple[int, int], last: Candidate) -> int:
    """What the room in a resource is worth at the price of one of the items, and all by which copies are worth more."""
    q, room = resource
    weight, size = last.weight, last.size[q]
    beyond = sum(copies[one.item] * max(0, one.weight * size - weight * one.size[q]) for one in pool)
    return (weight * room + beyond) // size


@dataclass
class Counts:
    """What the number of bins of each type obeys, and what is to be shown: all of them save at most minus ``least``."""

    problem: Problem
    savings: Savings
    least: int
    fewest: list[int]  # by bin type: how many bins are in every plan
    held: dict[str, int | None]
    place: str
    budget: Budget

    def check(self) -> None:
        """Replays the tree: every leaf shows it for its own case."""
        nodes = self.savings.nodes
        check_tree(nodes, ("few", "many"), f"{self.place}.nodes")
        waiting: list[tuple[int, list[Turn]]] = [(len(nodes) - 1, [])]
        while waiting:
            index, path = waiting.pop()
            node, place = nodes[index], f"{self.place}.nodes[{index}]"
            if node["kind"] == "prices":
                self.leaf(node, path, place)
                continue
            bins = node["bins"]
            self.budget.spend(len(bins) + 1)
            check_named(self.problem, bins, place)
            waiting.append((node["many"], [*path, Turn(bins, node["most"], few=False)]))
            waiting.append((node["few"], [*path, Turn(bins, node["most"], few=True)]))

    def leaf(self, node: dict[str, Any], path: list[Turn], place: str) -> None:
        """Prices on what numbers of bins obey."""
        problem, limits, resources, turns = self.problem, node["limits"], node["resources"], node["path"]
        self.budget.spend(len(problem.bins) * (1 + len(resources) + len(limits)) + sum(len(turn.bins) for turn in path))
        wanted = problem.dimensions, len(problem.terms.limits), len(path)
        if (len(resources), len(limits), len(turns)) != wanted:
            raise RefutedError(place, "one price a dimension, a limit and a branch is needed")
        total = 0
        for q, price in enumerate(resources):
            total += price * sum(item.size[q] * item.demand for item in problem.items)
        for level in ("clusters", "cost"):
            most = self.held[level]
            if node[level] > 0 and most is None:
                raise RefutedError(place, "a price on a value that is not held")
            total -= node[level] * (most or 0)
        total -= sum(price * most for price, (_, most) in zip(limits, problem.terms.limits, strict=True))
        worth, more = turned(problem, path, turns)
        total += worth
        for number, kind in enumerate(problem.bins):
            if not problem.exists(number):
                continue
            price = node["clusters"] + node["cost"] * kind.cost + more[number]
            price += sum(one for one, (group, _) in zip(limits, problem.terms.limits, strict=True) if number in group)
            price -= sum(one * room for one, room in zip(resources, kind.capacity, strict=True))
            price -= node["scale"] * self.savings.most[number]
            # as few bins as there must be where one costs something, as many as there may be where it pays
            count = self.fewest[number] if price >= 0 else kind.max_count
            if count is None:
                raise RefutedError(place, f"more bins of type {number} always save more, and there is no maximum")
            total += price * count
        if total <= (node["scale"] * (self.least - 1) if node["scale"] else 0):
            raise RefutedError(place, f"the prices prove {total} over {node['scale']}, less than the bound")
