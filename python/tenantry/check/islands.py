"""What clusters and their nodes cost at least together, island by island, by arithmetic alone.

Units of different islands share no cluster. A cluster costs a price without nodes, and so much for each node. A unit is
charged its share of both: of the price, what it takes of a resource over what the cluster offers (or all of the island
takes, if that is less); of the nodes, what its pods take of theirs, or what a dual feasible function makes of that;
half of each of two measures. So an island costs at least what its units are charged where that is cheapest, and at
least the next sum of whole clusters and nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import gcd
from typing import TYPE_CHECKING

from .nodes import PARTS, Pool, share
from .reading import Budget
from .splits import part

if TYPE_CHECKING:
    from .fleet import Fleet, Workload
    from .places import Site

MOST_SUMS = 20_000  # sums of prices are looked for up to so many of their common divisor
MILLION = 10**6
STEPS = 3  # of the functions that round shares of a node: with one, what takes more than half of it takes it all

Measure = tuple[str, int]  # a resource, and the steps of the function that rounds shares of a node, if any


@dataclass
class Kind:
    """What a cluster offers and costs: sites that agree are one."""

    price: int  # thousandths, without nodes
    node: int
    least: int  # nodes that are paid for in any case
    rounded: bool  # the sum of a cluster is rounded up beyond these
    usable: dict[str, int]
    pools: list[Pool]


@dataclass
class Unit:
    """Copies of a unit, or replicas of a split."""

    members: list[Workload]
    copies: int
    size: dict[str, int]  # of workloads that name no pool
    kinds: list[int]


def islands(class_of: list[int], conflicts: list[int]) -> list[int]:
    """The island of each unit, from the classes of units; their numbers say nothing."""
    island = [-1] * len(conflicts)
    left = (1 << len(conflicts)) - 1
    alone: set[int] = set()
    for start in range(len(conflicts)):
        if not left >> start & 1:
            continue
        left &= ~(1 << start)
        found = [start]
        for klass in found:
            near = left & ~conflicts[klass]
            left &= ~near
            while near:
                found.append((near & -near).bit_length() - 1)
                near &= near - 1
        for klass in found:
            island[klass] = start
        if len(found) == 1 and conflicts[start] >> start & 1:
            alone.add(start)  # units that refuse their own kind, too
    return [len(conflicts) + unit if klass in alone else island[klass] for unit, klass in enumerate(class_of)]


def least_by_island(fleet: Fleet, island_of: list[int], fewest: int, budget: Budget) -> int:
    """The least that the islands cost, in thousandths, where there are at least ``fewest`` clusters."""
    kinds: list[Kind] = []
    numbers: dict[object, int] = {}
    kind_of: list[int] = []
    for site in fleet.sites:
        kind = kind_at(site)
        pools = tuple((tuple(sorted(it.node.items())), it.dedicated and it.name) for it in kind.pools)
        mark = (kind.price, kind.node, kind.least, kind.rounded, tuple(sorted(kind.usable.items())), pools)
        kind_of.append(numbers.setdefault(mark, len(kinds)))
        if kind_of[-1] == len(kinds):
            kinds.append(kind)
    members: dict[int, list[Unit]] = {}
    for unit, island in zip(fleet.units, island_of, strict=True):
        budget.spend(len(unit) * len(fleet.sites))
        open_to = {
            kind_of[number] for number, site in enumerate(fleet.sites) if all(fleet.open(site, it) for it in unit)
        }
        members.setdefault(island, []).append(unit_of(fleet, unit, sorted(open_to)))
    # every cluster costs that much: taken off all prices, and added for as many as there are
    each = min((kind.price for kind in kinds), default=0)
    apart = [sum(least_of(fleet, kinds, units, off, budget) for units in members.values()) for off in (0, each)]
    return max(apart[0], apart[1] + each * fewest)


def kind_at(site: Site) -> Kind:
    """What a cluster there offers and costs."""
    template = site.template
    node = site.node_cost if template.packs else 0
    pools = template.pools if template.packs else []
    least = sum(pool.least for pool in pools)
    whole = (template.cost or 0) * site.factor % MILLION == 0 and template.node_cost * site.factor % MILLION == 0
    return Kind((site.cost(0) or 0) - node * least, node, least, not whole, template.usable[None], pools)


def unit_of(fleet: Fleet, unit: list[Workload], kinds: list[int]) -> Unit:
    """A unit with what each of its copies takes."""
    members = [part(unit[0], 1)] if unit[0].split else unit
    size = {name: sum(it.total[name] for it in members if it.pool is None) for name in fleet.resources}
    return Unit(members, unit[0].replicas if unit[0].split else unit[0].copies, size, kinds)


def least_of(fleet: Fleet, kinds: list[Kind], units: list[Unit], off: int, budget: Budget) -> int:
    """The least that the clusters of an island cost, each ``off`` less."""
    load = {name: sum(unit.size[name] * unit.copies for unit in units) for name in fleet.resources}
    best = 0
    plain = [((one, 0), (other, 0)) for one, other in combinations_with_replacement(fleet.resources, 2)]
    rounded = [((name, steps), (name, steps)) for name in fleet.resources for steps in range(1, STEPS + 1)]
    for pair in plain + rounded:
        charges = 0
        for unit in units:
            budget.spend(1 + len(unit.kinds) * len(unit.members))
            found = [charged(kinds[number], unit, pair, load, off) for number in unit.kinds]
            charges += min(found, default=0) * unit.copies
        best = max(best, charges)
    open_to = [kinds[number] for number in sorted({number for unit in units for number in unit.kinds})]
    pods = all(any(it.replicas for it in unit.members) for unit in units)
    return next_sum(open_to, -(-best // (2 * PARTS)), off, pods, budget)


def charged(kind: Kind, unit: Unit, pair: tuple[Measure, Measure], load: dict[str, int], off: int) -> int:
    """What a copy of a unit is charged in a cluster of a kind, in halves of millionths of thousandths."""
    cluster = 0
    for name, _ in pair:
        offers = min(load[name], kind.usable.get(name, load[name]))
        cluster += unit.size[name] * PARTS // offers if offers else 0
    nodes = 0
    if kind.node:
        for it in unit.members:
            pools = [pool for pool in kind.pools if pool.takes(it.pool) and pool.fit(it.pod)]
            nodes += min((sum(measured(pool, it, one) for one in pair) for pool in pools), default=0) * it.replicas
    return cluster * (kind.price - off) + nodes * kind.node


def measured(pool: Pool, workload: Workload, measure: Measure) -> int:
    """What a pod takes of a node: its share of a resource, or what the function of so many steps makes of that."""
    name, steps = measure
    node, times = pool.node[name], workload.pod[name] * (steps + 1)
    if steps and node and times % node:
        return times // node * PARTS // steps
    return share(pool, workload, name)  # a whole number of these parts is what it is


def next_sum(kinds: list[Kind], least: int, off: int, pods: bool, budget: Budget) -> int:
    """The least sum of whole clusters and nodes that is not below ``least``: of one cluster, and any of each."""
    clusters = [kind.price - off + kind.node * max(kind.least, int(pods)) for kind in kinds]
    if not clusters:
        return least
    parts = sorted({price for price in [*clusters, *(kind.node for kind in kinds)] if price})
    unit = gcd(*parts)
    least = max(least, min(clusters))
    if unit == 0 or any(kind.rounded for kind in kinds) or least // unit > MOST_SUMS:
        return least
    wanted = -(-least // unit)
    most = wanted + (parts[0] + min(clusters)) // unit
    budget.spend(most)
    reached = sum(1 << price // unit for price in set(clusters) if price // unit <= most)
    for price in parts:
        step, mask = price // unit, (1 << most + 1) - 1
        while step <= most:  # once, twice, four times as often
            reached |= reached << step & mask
            step *= 2
    above = reached >> wanted
    return (wanted + (above & -above).bit_length() - 1) * unit if above else least
