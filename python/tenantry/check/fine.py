"""Exposure and balance: their values, and what counting says of every plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import copy

from .existing import Existing
from .fleet import Fleet, Workload
from .splits import part

MILLION = 10**6
FORGOT = ["reasons", "sums"]
Bins = list[tuple[int, list[Workload]]]


def pairs(count: int) -> int:
    """Of so many things."""
    return count * (count - 1) // 2


def exposed(workloads: list[Workload]) -> int:
    """Pairs of workloads of different tenants."""
    return pairs(len(workloads)) - sum(map(pairs, Counter(workload.tenant for workload in workloads).values()))


def usable(fleet: Fleet, number: int, group: str | None, resource: str) -> int | None:
    """What a cluster there offers of a resource; None where it is unlimited."""
    return fleet.sites[number].template.usable.get(group, dict.fromkeys(fleet.resources, 0)).get(resource)


def fullest(fleet: Fleet, number: int, workloads: list[Workload], *, once: bool) -> int:
    """The largest share of what is usable that they request, in millionths, rounded up."""
    extra = fleet.once(workloads) if once else dict.fromkeys(fleet.resources, 0)
    shares = [0]
    for group in fleet.groups:
        for resource in fleet.resources:
            most = usable(fleet, number, group, resource)
            load = sum(workload.total[resource] for workload in workloads if workload.pool == group)
            load += extra[resource] if group is None else 0
            if most:
                shares.append(-(-load * MILLION // most))
    return max(shares)


def value(fleet: Fleet, level: str, bins: Bins) -> int:
    """The value of a level."""
    if level == "exposure":
        return sum(exposed(workloads) for _, workloads in bins)
    return max((fullest(fleet, number, workloads, once=True) for number, workloads in bins), default=0)


def held(fleet: Fleet, bins: Bins) -> tuple[bool, int | None]:
    """What a plan keeps of the levels that come before clusters, cost and moves: tenants apart, and a share."""
    before = fleet.ladder[: next(at for at, level in enumerate(fleet.ladder) if level in fleet.objective)]
    apart = "exposure" in before and value(fleet, "exposure", bins) == least_exposure(fleet, None)
    return apart, value(fleet, "balance", bins) if "balance" in before else None


def tenants_apart(fleet: Fleet) -> Fleet:
    """The same fleet with a rule that no waiver names: no two tenants share a cluster."""
    other = copy(fleet)

    def anybody(_: Workload, __: str) -> bool:
        return True

    def stranger(it: Workload, tenant: str) -> bool:
        return it.tenant != tenant

    # of all workloads alike signatures see that anybody is a subject, and a neighbour of whoever has no name
    other.distrust = [*fleet.distrust, ("the exposure", anybody, stranger)]
    return other


def bound(fleet: Fleet, level: str, levels: list[str], bins: Bins | None) -> int:
    """The least value of every plan that the level speaks of."""
    most = [] if bins is None or "clusters" not in levels[: levels.index(level)] else [len(bins)]
    most += [fleet.highest["clusters"]] if "clusters" in fleet.highest else []
    counts = [kind.max_count for kind in fleet.templates]
    most += [sum(filter(None, counts)) + len(fleet.existing)] if None not in counts else []
    fewest = min(most, default=None)
    return least_exposure(fleet, fewest) if level == "exposure" else least_balance(fleet, fewest)


def least_exposure(fleet: Fleet, most: int | None) -> int:
    """Of workloads that go together, and of more tenants than clusters."""
    together = sum(exposed(unit) * unit[0].copies for unit in fleet.units)
    if not most:
        return together
    placed = [workload for unit in fleet.units for workload in unit]
    if most == 1:
        return exposed(placed)
    each, more = divmod(len({workload.tenant for workload in placed}), most)
    return max(together, more * pairs(each + 1) + (most - more) * pairs(each))


def least_balance(fleet: Fleet, most: int | None) -> int:
    """Of each unit by itself, and of all requests over the roomiest clusters."""
    least = 0
    for unit in fleet.units:
        sites = [
            number for number, site in enumerate(fleet.sites) if all(fleet.open(site, workload) for workload in unit)
        ]
        alone = [part(workload, 1) if workload.split else workload for workload in unit]
        least = max(least, min((fullest(fleet, number, alone, once=False) for number in sites), default=0))
    if most is None:
        return least
    for group in fleet.groups:
        for resource in fleet.resources:
            load = sum(it.total[resource] * it.copies for it in fleet.placed if it.pool == group)
            room = roomiest(fleet, [usable(fleet, n, group, resource) for n in range(len(fleet.sites))], most)
            if room:
                least = max(least, -(-load * MILLION // room))
    return least


def roomiest(fleet: Fleet, rooms: Iterable[int | None], most: int) -> int | None:
    """What so many clusters offer at most; None where one is unlimited."""
    counted: list[tuple[int, int]] = []
    for site, room in zip(fleet.sites, rooms, strict=True):
        if room is None:
            return None
        counted.append((room, 1 if isinstance(site, Existing) else most))
    total, left = 0, most
    for room, count in sorted(counted, reverse=True):
        total += room * min(count, left)
        left -= min(count, left)
    return total
